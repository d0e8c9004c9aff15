/**
 * The queries that other modules may use: a message's place in a chain of causes.
 * The rest of this module's store is its own (test/house/floors.test.ts).
 */
export { type ChainPlace, placeOfTimer, setPlaceOfTimer } from './store/chains.ts';

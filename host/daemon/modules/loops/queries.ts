/**
 * The queries of the loops store (a message's place in a chain) that other modules may use;
 * test/house/floors.test.ts forbids the rest.
 */
export { type ChainPlace, placeOfTimer, setPlaceOfTimer } from './store/chains.ts';

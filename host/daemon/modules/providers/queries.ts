/**
 * The queries that other modules may use: what calls to models used.
 * The rest of this module's store is its own (test/house/floors.test.ts).
 */
export { countedUsage, NOTHING_USED } from './store/model-calls.ts';

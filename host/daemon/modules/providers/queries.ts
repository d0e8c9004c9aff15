/**
 * The queries of the providers store (usage of model calls) that other modules may use; test/house/floors.test.ts
 * forbids the rest.
 */
export { countedUsage, NOTHING_USED } from './store/model-calls.ts';

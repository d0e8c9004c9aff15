/**
 * What other modules may use: queries of the providers store (usage of model calls), and the secrets in its files; test/house/floors.test.ts
 * forbids the rest.
 */
export { callsOfTurn, countedUsage, NOTHING_USED } from './store/model-calls.ts';
export { secretsOfKeyFile } from './provider-keys.ts';

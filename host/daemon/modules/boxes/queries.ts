/**
 * The queries that other modules may use: intents: what was begun outside the database.
 * The rest of this module's store is its own (test/house/floors.test.ts).
 */
export { endIntent, insertIntent, openIntents } from './store/intents.ts';

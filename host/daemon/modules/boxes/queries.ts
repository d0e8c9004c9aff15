/**
 * The queries of the boxes store (intents: operations begun outside the database) that other modules may use;
 * test/house/floors.test.ts forbids the rest.
 */
export { endIntent, insertIntent, openIntents } from './store/intents.ts';

/** The queries of the agents' conversations that other modules may use; test/house/floors.test.ts forbids the rest. */
export { deleteForkWish, deleteWish, storeSession } from './store/sessions.ts';

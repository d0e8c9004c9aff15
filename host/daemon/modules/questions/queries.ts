/**
 * The queries that other modules may use: questions.
 * The rest of this module's store is its own (test/house/floors.test.ts).
 */
export { findQuestion } from './store/questions.ts';

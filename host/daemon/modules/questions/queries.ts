/**
 * The queries of the questions store that other modules may use; test/house/floors.test.ts forbids the rest.
 */
export { findQuestion, type OpenQuestion, openQuestionsAsked } from './store/questions.ts';

/**
 * The queries of the questions store that other modules may use; test/house/floors.test.ts forbids the rest.
 */
export { findQuestion, type OpenQuestion, openQuestionsAsked, openQuestionsOf } from './store/questions.ts';

/** The queries of the topics store that other modules may use; test/house/floors.test.ts forbids the rest. */
export { findTopic, topicNames } from './store/topics.ts';

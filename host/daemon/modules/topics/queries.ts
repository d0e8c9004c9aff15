/**
 * The queries that other modules may use: topics.
 * The rest of this module's store is its own (test/house/floors.test.ts).
 */
export { findTopic, topicNames } from './store/topics.ts';

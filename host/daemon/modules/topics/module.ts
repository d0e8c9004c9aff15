import type { Module } from '../../core/module.ts';
import type { Db } from '../../../../store/open-store.ts';
import { handleTopics } from './handlers.ts';
import type { Topics } from './serve-topics.ts';
import { unsubscribeFromAll } from './store/topics.ts';

/** Topics and their subscribers. */
export function topicsModule(deps: { db: Db; topics: Topics }) {
  return {
    name: 'topics',
    handlers: handleTopics(deps),
    onAgentRetired: (tx, { name }) => unsubscribeFromAll(tx.db, name),
  } satisfies Module;
}

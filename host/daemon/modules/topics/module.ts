import type { Module } from '../../core/module.ts';
import { unsubscribeFromAll } from './store/topics.ts';

/** Topics and who subscribes to them. */
export function topicsModule(): Module {
  return {
    name: 'topics',
    onAgentRetired: (tx, { name }) => unsubscribeFromAll(tx.db, name),
  };
}

import type { Module } from '../../core/module.ts';
import { pruneEvents } from '../../core/store/prune-events.ts';
import type { Config } from '../../config/schema.ts';
import { handleHive, type HiveHandlerDeps } from './handlers.ts';
import { addSpooledBytes } from '../turns/queries.ts';

/** The hive as a whole: its status and its event log. */
export function hiveModule(deps: HiveHandlerDeps & { retention: Config['retention'] }) {
  const { retention } = deps;
  const rule = (which: 'transcript' | 'other', days: number) =>
    ({
      days,
      again: false,
      step: (tx, look) =>
        pruneEvents(tx.db, { which, look }, (agent, bytes) => void addSpooledBytes(tx.db, agent, -bytes)),
    }) satisfies NonNullable<Module['retention']>[number];
  return {
    name: 'hive',
    handlers: handleHive(deps),
    retention: [rule('transcript', retention.transcript_days), rule('other', retention.events_days)],
  } satisfies Module;
}

import type { Module } from '../../core/module.ts';
import { pruneEvents } from '../../core/store/prune-events.ts';
import type { Config } from '../../config/schema.ts';
import { handleHive, type HiveHandlerDeps } from './handlers.ts';
import { addSpooledBytes } from '../turns/queries.ts';

const DAY_MS = 86_400_000;

/** The hive as a whole: its status and its event log. */
export function hiveModule(deps: HiveHandlerDeps & { retention: Config['retention'] }) {
  const { retention } = deps;
  /** A walk over the log for a retention of `days`; each kind is deleted by its own age. */
  const walk = (days: number) =>
    ({
      days,
      again: false,
      step(tx, look) {
        const before = (other: number) => (other === 0 ? 0 : look.before + (days - other) * DAY_MS);
        return pruneEvents(
          tx.db,
          { look, before: { transcript: before(retention.transcript_days), other: before(retention.events_days) } },
          (agent, bytes) => void addSpooledBytes(tx.db, agent, -bytes),
        );
      },
    }) satisfies NonNullable<Module['retention']>[number];
  return {
    name: 'hive',
    handlers: handleHive(deps),
    retention: [walk(retention.transcript_days), walk(retention.events_days)],
  } satisfies Module;
}

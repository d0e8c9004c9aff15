import type { Module } from '../../core/module.ts';
import { pruneByAge } from '../../core/retention.ts';
import type { Config } from '../../config/schema.ts';
import { createDueTimer, type FireDeps } from './fire-due.ts';
import { handleTimers, type TimerHandlerDeps } from './handlers.ts';
import { forgetTimersOf, pruneTimers } from './store/timers.ts';

/** Reminders and schedules. */
export function timersModule(deps: FireDeps & TimerHandlerDeps & { retention: Config['retention'] }) {
  const { retention } = deps;
  const due = createDueTimer(deps);
  return {
    name: 'timers',
    handlers: handleTimers(deps),
    onAgentRetired: (tx, { name }) => forgetTimersOf(tx.db, name),
    nextDueAt: due.nextDueAt,
    fireDue: due.fireDue,
    retention: [pruneByAge(retention.notices_days, (tx, look) => pruneTimers(tx.db, look))],
  } satisfies Module;
}

import type { Module } from '../../core/module.ts';
import { pruneByAge } from '../../core/retention.ts';
import type { Config } from '../../config/schema.ts';
import { createDueTimer, type FireDeps } from './fire-due.ts';
import type { TimerGate } from './limits.ts';
import { forgetTimersOf, pruneTimers } from './store/timers.ts';

/** Reminders and schedules. */
export function timersModule(deps: FireDeps & { gate: TimerGate; retention: Config['retention'] }): Module {
  const { gate, retention } = deps;
  const due = createDueTimer(deps);
  return {
    name: 'timers',
    onAgentRetired: (tx, { name }) => forgetTimersOf(tx.db, name),
    forgetAgent: gate.forget,
    nextDueAt: due.nextDueAt,
    fireDue: due.fireDue,
    retention: [pruneByAge(retention.notices_days, (tx, look) => pruneTimers(tx.db, look))],
  };
}

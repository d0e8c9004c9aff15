import type { AgentName } from '../../../../protocol/names.ts';
import type { Misfire, ScheduleView } from '../../../../protocol/schemas/reminder.ts';
import { attempt } from '../../core/store/attempt.ts';
import { addFolded, runThatWaits } from './store/schedules.ts';
import type { Tx } from '../../core/writer.ts';
import { agentBehind } from './agent-behind.ts';
import type { RunDeps } from './fire-schedule.ts';

/** With misfire `all` every run is wanted, but at most this number of one schedule's runs wait at a time. */
const MOST_OF_ALL = 100;

/** The number of a schedule's runs that may wait unread before the next ones are skipped. */
export function mostWaiting(misfire: Misfire): number {
  return misfire === 'all' ? MOST_OF_ALL : 1;
}

/**
 * Whether to skip a run because the message of an earlier one is still unread: its recipient is stopped or
 * slower than the schedule. Skipped runs are counted, and the next message gives their number; only the first
 * records an event. A group counts as having read when one member has. An agent to be started is started all
 * the same.
 */
export function foldRun(tx: Tx, deps: RunDeps, schedule: ScheduleView): boolean {
  const { id, owner, to, action, misfire } = schedule;
  const waiting = runThatWaits(tx.db, { schedule: id, back: mostWaiting(misfire) });
  if (waiting === null) return false;
  // A failure to start is recorded as the run's trouble.
  if (action === 'start' && !attempt(tx, (inner) => deps.startAgent(inner, to as AgentName)).ok) return false;
  if (addFolded(tx.db, id) === 1)
    deps.mail.events.append(tx, 'schedule.skipped', {
      agent: agentBehind(to, owner),
      data: { id, runs: 1, waiting },
    });
  return true;
}

/** A run's text, with the number of runs skipped before it. */
export function withFolded(body: string, runs: number): string {
  if (runs === 0) return body;
  const were = runs === 1 ? '1 run of this schedule was' : `${runs} runs of this schedule were`;
  return `${body}\n\n(${were} skipped while an earlier one waited.)`;
}

import type { AgentName } from '../../../../protocol/names.ts';
import type { Misfire, ScheduleView } from '../../../../protocol/schemas/reminder.ts';
import { attempt } from '../../core/store/attempt.ts';
import { addFolded, runThatWaits } from './store/schedules.ts';
import type { Tx } from '../../core/writer.ts';
import { agentBehind } from './agent-behind.ts';
import type { RunDeps } from './fire-schedule.ts';

/** With misfire `all` each run is wanted, but no more than so many of a schedule wait at a time. */
const MOST_OF_ALL = 100;

/** How many runs of a schedule may wait unread before the next ones are skipped. */
export function mostWaiting(misfire: Misfire): number {
  return misfire === 'all' ? MOST_OF_ALL : 1;
}

/**
 * Whether a run is skipped because nobody has taken the message of an earlier one yet: its recipient is stopped or
 * slower than the schedule. The skipped runs are counted, and told by the next message; the first of them is an event.
 * A group has taken it when one of its members has. An agent to be started is started all the same.
 */
export function foldRun(tx: Tx, deps: RunDeps, schedule: ScheduleView): boolean {
  const { id, owner, to, action, misfire } = schedule;
  const waiting = runThatWaits(tx.db, { schedule: id, back: mostWaiting(misfire) });
  if (waiting === null) return false;
  // What keeps it from being started is noted as the run's trouble.
  if (action === 'start' && !attempt(tx, (inner) => deps.startAgent(inner, to as AgentName)).ok) return false;
  if (addFolded(tx.db, id) === 1)
    deps.mail.events.append(tx, 'schedule.skipped', {
      agent: agentBehind(to, owner),
      data: { id, runs: 1, waiting },
    });
  return true;
}

/** A run's text, with how many were skipped before it. */
export function withFolded(body: string, runs: number): string {
  if (runs === 0) return body;
  const were = runs === 1 ? '1 run of this schedule was' : `${runs} runs of this schedule were`;
  return `${body}\n\n(${were} skipped while an earlier one waited.)`;
}

import { HiveError } from '../../../../protocol/errors.ts';
import { OPERATOR } from '../../../../protocol/names.ts';
import type { ScheduleChange, ScheduleInput, ScheduleView } from '../../../../protocol/schemas/reminder.ts';
import { unknownAgent } from '../agents/unknown-agent.ts';
import { agentExists, agentNames } from '../agents/queries.ts';
import {
  deleteSchedule,
  findSchedule,
  insertSchedule,
  listSchedules,
  type ScheduleTerms,
  setNextRun,
  setSchedule,
} from './store/schedules.ts';
import type { Tx } from '../../core/writer.ts';
import { agentBehind } from './agent-behind.ts';
import { keepPlace } from './keep-place.ts';
import { nextRunAt, refuseImpossible } from './next-run.ts';
import type { TimerDeps } from './reminders.ts';
import { findRepeat, type Keyed, rememberKey } from './repeat.ts';
import { readAction } from './schedule-action.ts';

/**
 * standing ──due──► a run (fire-due.ts) ──► standing, until its cron line has no more runs
 *    │ ▲
 *   pause resume: it continues from now, and runs missed while paused do not fire
 *
 * Throws `impossible_cron`, `unknown_agent`, `too_many_reminders`, `key_conflict` and the errors of `readAction`; the
 * caller checks the rate before. `duplicate` means that an earlier request with the same key and content had stored
 * it. Routing is checked at each run.
 */
export function keepSchedule(
  tx: Tx,
  deps: TimerDeps,
  { owner, asked }: { owner: string; asked: ScheduleInput },
): { schedule: ScheduleView; duplicate: boolean } {
  const at = deps.clock();
  const { key, ...rest } = asked;
  const keyed: Keyed = { table: 'schedules', owner, key, asked: rest };
  const before = findRepeat(tx, keyed, at);
  if (before !== null) return { schedule: requireOwn(tx, owner, before), duplicate: true };
  const { to, action } = readAction(owner, asked);
  const isName = /^[a-z]/.test(to) && to !== OPERATOR;
  if (isName && !agentExists(tx.db, to)) throw unknownAgent(to, [...agentNames(tx.db), OPERATOR]);
  const terms = readTerms(asked);
  refuseImpossible(terms);
  deps.gate.requireRoom(tx.db, owner);
  const id = insertSchedule(tx.db, { ...terms, owner, to, action, priority: asked.priority ?? null, at });
  rememberKey(tx, keyed, id);
  keepPlace(tx, deps, { table: 'schedules', id, owner });
  const nextAt = nextRunAt({ ...terms, id }, at);
  setNextRun(tx.db, id, nextAt);
  deps.events.append(tx, 'schedule.set', {
    agent: agentBehind(to, owner),
    data: { id, owner, cron: terms.cron, nextAt },
  });
  return { schedule: requireOwn(tx, owner, id), duplicate: false };
}

/**
 * Pauses, resumes or changes a schedule. When its times change or it is resumed, it continues from now.
 * Throws `unknown_schedule`, `impossible_cron`, and `invalid_input` when nothing changes.
 */
export function changeSchedule(
  tx: Tx,
  deps: TimerDeps,
  { by, id, change }: { by: string; id: number; change: ScheduleChange },
): ScheduleView {
  const before = requireOwn(tx, by, id);
  if (Object.values(change).every((value) => value === undefined))
    throw new HiveError('invalid_input', 'Say what to change of the schedule.');
  const terms = changeTerms(before, change);
  const paused = change.paused ?? before.paused;
  const now = deps.clock();
  const isOtherLine = terms.cron !== before.cron || terms.timeZone !== before.timeZone;
  if (isOtherLine) refuseImpossible(terms);
  if (isOtherLine || terms.jitterMs !== before.jitterMs || paused !== before.paused)
    setNextRun(tx.db, id, paused ? null : nextRunAt({ ...terms, id }, now));
  setSchedule(tx.db, id, { ...terms, paused });
  const after = requireOwn(tx, by, id);
  deps.events.append(tx, 'schedule.changed', {
    agent: agentBehind(after.to, after.owner),
    data: { id, paused, nextAt: after.nextAt, by },
  });
  return after;
}

/** Throws `unknown_schedule`. Its runs are kept for the roll-up. */
export function cancelSchedule(tx: Tx, deps: TimerDeps, { by, id }: { by: string; id: number }): ScheduleView {
  const before = requireOwn(tx, by, id);
  deleteSchedule(tx.db, id);
  deps.events.append(tx, 'schedule.cancelled', { agent: agentBehind(before.to, before.owner), data: { id, by } });
  return before;
}

/**
 * Called at start and after the clock was set back: a wrong clock may have set a schedule's next run years
 * ahead. Recomputes it by the present clock; claimed runs are stored and do not repeat. Returns the number of
 * corrected schedules.
 */
export function retimeSchedules(tx: Tx, now: number): number {
  const waiting = listSchedules(tx.db, null).filter(({ nextAt }) => nextAt !== null && nextAt > now);
  const wrong = waiting.filter((schedule) => (nextRunAt(schedule, now) ?? Infinity) < (schedule.nextAt ?? 0));
  for (const schedule of wrong) setNextRun(tx.db, schedule.id, nextRunAt(schedule, now));
  return wrong.length;
}

/**
 * Finds an agent's own schedule, or, for the operator, any. Schedules of others and missing ones get the same
 * error, so that agents cannot probe for ids.
 */
function requireOwn(tx: Tx, by: string, id: number): ScheduleView {
  const found = findSchedule(tx.db, id);
  if (found === null || (by !== OPERATOR && found.owner !== by))
    throw new HiveError(
      'unknown_schedule',
      by === OPERATOR ? `There is no schedule #${id}.` : `You have no schedule #${id}. List yours.`,
    );
  return found;
}

function readTerms(asked: ScheduleInput): ScheduleTerms {
  const { body, cron, time_zone: timeZone, misfire } = asked;
  return {
    body,
    cron,
    timeZone,
    misfire,
    windowMs: asked.window_seconds * 1_000,
    jitterMs: asked.jitter_seconds * 1_000,
  };
}

function changeTerms(before: ScheduleTerms, change: ScheduleChange): ScheduleTerms {
  const { window_seconds: windowS, jitter_seconds: jitterS } = change;
  return {
    body: change.body ?? before.body,
    cron: change.cron ?? before.cron,
    timeZone: change.time_zone ?? before.timeZone,
    misfire: change.misfire ?? before.misfire,
    windowMs: windowS === undefined ? before.windowMs : windowS * 1_000,
    jitterMs: jitterS === undefined ? before.jitterMs : jitterS * 1_000,
  };
}

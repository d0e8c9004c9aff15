import { HiveError } from '../../../../protocol/errors.ts';
import type { ScheduleView } from '../../../../protocol/schemas/reminder.ts';
import { nextRun, parseCron } from './cron.ts';

/** A run later than this counts as missed: hived was down, the machine slept, or its clock was set. */
const MISSED_AFTER_MS = 60_000;
/** Skipped runs are counted up to this number: a line of every minute leaves half a million in a year. */
const MOST_COUNTED = 200;

/** A time of the cron line, and the time when that run fires: its jitter later. Epoch ms. */
export interface Run {
  dueAt: number;
  firesAt: number;
}

export interface DuePlan {
  /** Runs to fire now, oldest first. */
  runs: Run[];
  /** Number of missed runs that never fire, counted up to 200. */
  skipped: number;
  /** When the schedule is due again (epoch ms), possibly at once; null when never. */
  nextAt: number | null;
}

type Timing = Pick<ScheduleView, 'id' | 'cron' | 'timeZone' | 'jitterMs'>;

/**
 * When a schedule fires next, after `now` (epoch ms): the first time of its cron line whose jitter has not
 * passed. Null when there is none.
 */
export function nextRunAt(schedule: Timing, now: number): number | null {
  const jitterMs = jitterOf(schedule);
  const dueAt = nextRun(schedule.cron, schedule.timeZone, now - jitterMs);
  return dueAt === null ? null : dueAt + jitterMs;
}

/** Throws `impossible_cron`, with the reason that the line is invalid. */
export function refuseImpossible({ cron, timeZone }: Pick<ScheduleView, 'cron' | 'timeZone'>): void {
  const read = parseCron(cron, timeZone);
  if (!read.ok) throw new HiveError('impossible_cron', `Refused: ${read.why}.`);
}

/**
 * Plans the runs of a schedule that is due (`nextAt` ≤ `now`). Runs on time fire. Of missed runs, `skip`
 * fires none, `once` one for all, and `all` each that is not older than the window, at most `most` of them
 * now: `nextAt` is then in the past, and the rest follows.
 */
export function planDue(
  schedule: Timing & Pick<ScheduleView, 'misfire' | 'windowMs' | 'nextAt'>,
  now: number,
  most: number,
): DuePlan {
  const jitterMs = jitterOf(schedule);
  const first = (schedule.nextAt ?? now) - jitterMs;
  const last = now - jitterMs;
  const oldest = oldestToFire(schedule, last);
  const plan = (fired: readonly number[], skipped: number, next: number | null): DuePlan => ({
    runs: fired.map((dueAt) => ({ dueAt, firesAt: dueAt + jitterMs })),
    skipped,
    nextAt: next === null ? null : next + jitterMs,
  });

  const second = nextAfter(schedule, first);
  if (second === null || second > last) return first >= oldest ? plan([first], 0, second) : plan([], 1, second);
  switch (schedule.misfire) {
    case 'once':
      return plan([first], countRuns(schedule, second, last), nextAfter(schedule, last));
    case 'skip': {
      const newest = runsFrom(schedule, { from: Math.max(first, oldest), to: last, most: Infinity }).slice(-1);
      return plan(newest, countRuns(schedule, first, last) - newest.length, nextAfter(schedule, last));
    }
    case 'all': {
      const fired = runsFrom(schedule, { from: Math.max(first, oldest), to: last, most });
      const rest = fired.length < most ? last : (fired.at(-1) ?? last);
      return plan(fired, countRuns(schedule, first, oldest - 1), nextAfter(schedule, rest));
    }
  }
}

/** The earliest time whose run may still fire, when `last` is the latest due time. */
function oldestToFire({ misfire, windowMs }: Pick<ScheduleView, 'misfire' | 'windowMs'>, last: number): number {
  if (misfire === 'once') return -Infinity;
  return last - (misfire === 'all' ? Math.max(windowMs, MISSED_AFTER_MS) : MISSED_AFTER_MS);
}

/** A schedule's constant share of its jitter: runs keep their distances, and no run overtakes another. */
function jitterOf({ id, jitterMs }: Pick<ScheduleView, 'id' | 'jitterMs'>): number {
  // Knuth's multiplicative hash spreads neighbouring ids.
  return Math.floor(((Math.imul(id, 2_654_435_761) >>> 0) / 2 ** 32) * (jitterMs + 1));
}

/** The cron line's times from `from` to `to`, both included; at most `most`. */
function runsFrom(schedule: Timing, span: { from: number; to: number; most: number }): number[] {
  const found: number[] = [];
  let at = nextAfter(schedule, span.from - 1);
  while (at !== null && at <= span.to && found.length < span.most) {
    found.push(at);
    at = nextAfter(schedule, at);
  }
  return found;
}

function countRuns(schedule: Timing, from: number, to: number): number {
  return runsFrom(schedule, { from, to, most: MOST_COUNTED }).length;
}

function nextAfter({ cron, timeZone }: Timing, afterMs: number): number | null {
  return nextRun(cron, timeZone, afterMs);
}

import { Cron } from 'croner';
import type { BudgetPeriod } from '../../../../../protocol/schemas/budget.ts';

/** A time in which a budget's amount may be used. `end` is when the next one begins; null for the whole time. */
export interface Window {
  readonly start: number;
  readonly end: number | null;
}

const BEGINS: Readonly<Record<'hour' | 'day' | 'month', string>> = {
  hour: '0 * * * *',
  day: '0 0 * * *',
  month: '0 0 1 * *',
};

/**
 * The window of a period that contains `now` (epoch ms), in a time zone: an hour, day or month as the zone's clocks show
 * them, of whatever length a change of daylight-saving time gives it.
 */
export function windowOf(per: Exclude<BudgetPeriod, 'turn'>, now: number, timeZone: string): Window {
  if (per === 'total') return { start: 0, end: null };
  return between(BEGINS[per], now, timeZone);
}

/** The present day, week (from Monday) or month. */
export function spanOf(span: 'today' | 'week' | 'month', now: number, timeZone: string): Window {
  return between({ today: BEGINS.day, week: '0 0 * * 1', month: BEGINS.month }[span], now, timeZone);
}

/** When each of the last `count` days began, the oldest first; the last one is the present day. */
export function dayStarts(count: number, now: number, timeZone: string): number[] {
  const today = windowOf('day', now, timeZone).start;
  if (count === 1) return [today];
  const before = new Cron(BEGINS.day, { timezone: timeZone }).previousRuns(count - 1, new Date(today));
  return [...before.map((day) => day.getTime()).toReversed(), today];
}

function between(line: string, now: number, timeZone: string): Window {
  const cron = new Cron(line, { timezone: timeZone });
  // A run at this very second counts as begun.
  const next = cron.nextRun(new Date(now))?.getTime() ?? null;
  const before = cron.previousRuns(1, new Date(now + 1_000))[0]?.getTime();
  const start =
    before !== undefined && before <= now ? before : (cron.previousRuns(1, new Date(now))[0]?.getTime() ?? 0);
  return { start, end: next };
}

import { HiveError } from '../../../../protocol/errors.ts';

/** When something is to be: after a time, or at one. */
export interface AskedTime {
  in_seconds?: number | undefined;
  at?: string | undefined;
}

/**
 * The asked time in epoch ms; null when none was. Throws `past_time`, which tells the time that it is now,
 * and `invalid_input` when both were given.
 */
export function readDueTime(asked: AskedTime, now: number): number | null {
  if (asked.in_seconds !== undefined && asked.at !== undefined)
    throw new HiveError('invalid_input', 'Give either in_seconds or at, not both.');
  if (asked.in_seconds !== undefined) return now + asked.in_seconds * 1_000;
  if (asked.at === undefined) return null;
  const dueAt = Date.parse(asked.at);
  if (dueAt <= now)
    throw new HiveError('past_time', `${asked.at} is in the past. It is ${new Date(now).toISOString()} now.`);
  return dueAt;
}

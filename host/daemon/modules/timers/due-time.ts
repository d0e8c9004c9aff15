import { HiveError } from '../../../../protocol/errors.ts';

/** A requested time: relative or absolute. */
export interface AskedTime {
  in_seconds?: number | undefined;
  at?: string | undefined;
}

/**
 * The requested time in epoch ms; null when none was given. Throws `past_time`, whose text gives the current
 * time, and `invalid_input` when both were given.
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

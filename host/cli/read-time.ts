import * as z from 'zod';
import { HiveError } from '../../protocol/errors.ts';

const anyTime = z.iso.datetime({ offset: true, local: true });

/**
 * A point in time as people type it: ISO 8601, with a blank accepted instead of the "T" and seconds optional. Without
 * "Z" or an offset it is local time. Returns it in UTC, the form that operations take. Throws `invalid_input`.
 */
export function readTime(text: string, what: string): string {
  const spelledOut = text
    .trim()
    .replace(/^(\S+) (?=\d)/, '$1T')
    .replace(/(T\d\d:\d\d)(?=$|Z|[+-])/, '$1:00');
  const parsed = anyTime.safeParse(spelledOut);
  if (parsed.success) return new Date(parsed.data).toISOString();
  throw new HiveError(
    'invalid_input',
    `${what} is a time, e.g. 2027-01-31T09:00 (local) or 2027-01-31T09:00:00Z, not "${text}".`,
  );
}

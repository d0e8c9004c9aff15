import { z } from 'zod';

/** A run of calls to the provider that all failed on its side. Times are epoch milliseconds. */
export const outage = z.object({
  since: z.int(),
  last: z.int(),
  failures: z.int(),
  /** The status of the newest one. */
  status: z.int(),
  /** Whether the operator was told of it. */
  told: z.boolean(),
  /** The operator was told of an outage before this one, and of no end of it. */
  owesEnd: z.boolean().default(false),
});
export type Outage = z.infer<typeof outage>;

/** One client's own retries of one request are no outage yet; a provider that is away for a minute is. */
const TELL_AFTER_MS = 60_000;
const TELL_AFTER_CALLS = 3;
/** Failures with a longer silence between them are not one outage. */
const LONGEST_GAP_MS = 30 * 60_000;

export type OutageStep = { outage: Outage | null; tell: 'away' | 'back' | null };

/**
 * What a call tells of the provider: 5xx (529, and the gateway's own 502 and 504 for a provider that it cannot reach) is a
 * failure of its, success ends an outage. Anything else (limits, refusals, a box that left: 0) tells nothing.
 */
export function decideOutage(known: Outage | null, call: { status: number; endedAt: number }): OutageStep {
  const { status, endedAt } = call;
  const owesEnd = known !== null && (known.told || known.owesEnd);
  if (status >= 200 && status < 300) return { outage: null, tell: owesEnd ? 'back' : null };
  if (status < 500) return { outage: known, tell: null };
  const goesOn = known !== null && endedAt - known.last <= LONGEST_GAP_MS;
  const before = goesOn ? known : { since: endedAt, last: endedAt, failures: 0, status, told: false, owesEnd };
  const since = Math.min(before.since, endedAt);
  const failures = before.failures + 1;
  const last = Math.max(before.last, endedAt);
  const isLong = failures >= TELL_AFTER_CALLS && last - since >= TELL_AFTER_MS;
  const tell = isLong && !before.told ? 'away' : null;
  return { outage: { ...before, since, last, failures, status, told: before.told || isLong }, tell };
}

/** What the last failure was, for the operator. */
export function sayFailure(status: number): string {
  if (status === 529) return 'it is overloaded (529)';
  if (status === 504) return 'it did not answer in time, or answered 504';
  if (status === 502) return 'the gateway cannot reach it, or it answered 502';
  return `it answered ${status}`;
}

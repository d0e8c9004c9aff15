import * as z from 'zod';

/** Consecutive calls to the provider that all failed on its side. Times are epoch milliseconds. */
export const outage = z.object({
  since: z.int(),
  last: z.int(),
  failures: z.int(),
  /** The status of the newest call. */
  status: z.int(),
  /** Whether the operator was notified of it. */
  told: z.boolean(),
  /** The operator was notified of an earlier outage, and not yet of its end. */
  owesEnd: z.boolean().default(false),
});
export type Outage = z.infer<typeof outage>;

/** A client's own retries of one request are no outage yet; a provider that fails for a minute is. */
const TELL_AFTER_MS = 60_000;
const TELL_AFTER_CALLS = 3;
/** Failures further apart than this are separate outages. */
const LONGEST_GAP_MS = 30 * 60_000;

export type OutageStep = { outage: Outage | null; tell: 'away' | 'back' | null };

/**
 * What a call says about the provider: 5xx (529, and the gateway's own 502 and 504 for a provider that it cannot
 * reach) is a failure, success ends an outage. Any other status (limits, refusals, 0 for a box that disconnected)
 * says nothing.
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

/** Describes the last failure to the operator. */
export function sayFailure(status: number): string {
  if (status === 529) return 'it is overloaded (529)';
  if (status === 504) return 'it did not answer in time, or answered 504';
  if (status === 502) return 'the gateway cannot reach it, or it answered 502';
  return `it answered ${status}`;
}

import type { ProviderName } from '../../../protocol/providers.ts';
import { backoffMs } from '../../../system/backoff.ts';
import { putBounded } from '../../../system/put-bounded.ts';
import { MOST_KNOWN } from '../holds.ts';

/** Calls that fail together: those to models of one class at a provider. */
export interface FailingCalls {
  readonly provider: ProviderName;
  readonly models: string;
}

/** Between tries of an entry whose calls fail, while another one answers. */
const TRIES = { firstMs: 10_000, maxMs: 5 * 60_000 };

/**
 * Failures of calls on a provider's side (an outage, a limit whose end is unknown), while a fallback can answer: the
 * pause until the next try doubles with each failure in a row. One call at a time tries.
 */
export function createFailures(now: () => number) {
  const known = new Map<string, { failures: number; at: number; until: number }>();
  const keyOf = ({ provider, models }: FailingCalls) => `${provider} ${models}`;
  return {
    /** A call failed that began at `startedAt`. Calls that were under way together count as one. */
    hear(calls: FailingCalls, startedAt: number): void {
      const before = known.get(keyOf(calls));
      if (before !== undefined && startedAt < before.at) return;
      const failures = (before?.failures ?? 0) + 1;
      const until = now() + backoffMs(failures, TRIES, 0);
      putBounded(known, [keyOf(calls), { failures, at: now(), until }], MOST_KNOWN);
    },
    /** Until when another entry is asked first; null when this one may be. Epoch milliseconds. */
    until(calls: FailingCalls): number | null {
      const found = known.get(keyOf(calls));
      return found === undefined || found.until <= now() ? null : found.until;
    },
    /** A call tries it: others wait for its result, at most for the present pause. */
    begin(calls: FailingCalls): void {
      const found = known.get(keyOf(calls));
      if (found !== undefined) found.until = now() + backoffMs(found.failures, TRIES, 0);
    },
    /** The provider has another key, or is gone. */
    forget(provider: ProviderName): void {
      for (const key of known.keys()) if (key.startsWith(`${provider} `)) known.delete(key);
    },
    /** A call succeeded. */
    lift(calls: FailingCalls): void {
      known.delete(keyOf(calls));
    },
  };
}

export type Failures = ReturnType<typeof createFailures>;

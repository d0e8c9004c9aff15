import { HiveError } from '../../../protocol/errors.ts';
import type { AgentMemory } from './agent-memory.ts';
import { type Bucket, type RateRule, takeToken } from './rate.ts';

/**
 * A rate limit per sender for one action. Kept in memory: a restart refills every sender's burst, which is harmless.
 */
export interface Meter {
  /** Takes one from the sender's rate budget. Throws `rate_exceeded` with `retryAfterMs`. */
  take(sender: string): void;
  /** Charges `extra` units for an operation that was admitted already and cost more; later ones wait longer for it. */
  charge(sender: string, extra: number): void;
}

/** For the error's sentence: `what` names the action that is too frequent ("messages are sent"), `instead` an alternative to waiting. */
export function createMeter(
  deps: { clock: () => number; memory: AgentMemory },
  rate: RateRule,
  words: { what: string; instead: string },
): Meter {
  const buckets = deps.memory.keep<Bucket>(`rate: ${words.what}`);
  return {
    take(sender) {
      const taken = takeToken(buckets.get(sender) ?? null, rate, deps.clock());
      buckets.set(sender, taken.bucket);
      if (taken.ok) return;
      const { retryAfterMs } = taken;
      const message = `You ${words.what} a minute. Wait ${Math.ceil(retryAfterMs / 1_000)} s, ${words.instead}.`;
      throw new HiveError('rate_exceeded', message, { details: { retryAfterMs } });
    },
    charge(sender, extra) {
      const bucket = buckets.get(sender);
      if (bucket !== undefined) buckets.set(sender, { ...bucket, tokens: bucket.tokens - extra });
    },
  };
}

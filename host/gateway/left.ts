import { putBounded } from '../../system/put-bounded.ts';
import { type AccountId, type HeldCalls, MOST_KNOWN } from './holds.ts';
import type { Left } from './protocols/protocol.ts';

/**
 * What is left of each account's limits, as the provider's answers said; forgotten when their counters have turned.
 */
export interface LeftBook {
  hear(calls: HeldCalls, left: Left): void;
  /** The share of the counter that is nearest to its end, 0 to 1; 1 when nothing is known. */
  of(calls: HeldCalls): number;
  forget(account: AccountId): void;
}

export function createLeftBook(now: () => number): LeftBook {
  const known = new Map<string, { share: number; until: number }>();
  const prefixOf = ({ provider, account }: AccountId) => `${provider} ${account} `;
  const keyOf = (calls: HeldCalls) => `${prefixOf(calls)}${calls.models}`;
  return {
    hear: (calls, { share, forMs }) => putBounded(known, [keyOf(calls), { share, until: now() + forMs }], MOST_KNOWN),
    of(calls) {
      const left = known.get(keyOf(calls));
      return left === undefined || left.until <= now() ? 1 : left.share;
    },
    forget(account) {
      for (const key of known.keys()) if (key.startsWith(prefixOf(account))) known.delete(key);
    },
  };
}

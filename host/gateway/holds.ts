import type { ProviderName } from '../../protocol/providers.ts';
import type { LimitKind } from '../../protocol/schemas/service.ts';
import { putBounded } from '../../system/put-bounded.ts';

/** One of a provider's accounts, by its key's label. */
export interface AccountId {
  readonly provider: ProviderName;
  readonly account: string;
}

/** The calls that share a limit: those of one account to models of one class, or to one model. */
export interface HeldCalls extends AccountId {
  readonly models: string;
}

/** A limit of an account that has not ended. Its end is in epoch milliseconds. */
export interface Hold {
  readonly kind: LimitKind;
  readonly until: number;
}

/** Accounts and models of which something is remembered: a box may ask for a model of any name. */
export const MOST_KNOWN = 1_000;
/** An end further away is not trusted: weekly limits are the longest that exist. */
const LONGEST_MS = 8 * 24 * 3_600_000;
/** A long limit may end early, because the operator pays or the window is reset: one call at a time finds out. */
const PROBE_MS = 10 * 60_000;

/**
 * Limits that one agent's call met and that hold for every agent on the account, so that the others need not try. A limit
 * whose end is unknown, and a provider that is overloaded, hold nobody: clients retry with growing pauses.
 */
export function createHolds(now: () => number) {
  const holds = new Map<string, Hold & { calls: HeldCalls; probeAt: number }>();
  const prefixOf = ({ provider, account }: AccountId) => `${provider} ${account} `;
  const keyOf = (calls: HeldCalls) => `${prefixOf(calls)}${calls.models}`;

  function find(calls: HeldCalls) {
    const hold = holds.get(keyOf(calls));
    if (hold === undefined || hold.until > now()) return hold ?? null;
    holds.delete(keyOf(calls));
    return null;
  }

  return {
    /** A provider's answer reported a limit. */
    hear(calls: HeldCalls, { kind, until }: { kind: LimitKind; until: number | null }): void {
      if (kind === 'overloaded' || until === null || until <= now()) return;
      const trusted = Math.min(until, now() + LONGEST_MS);
      putBounded(holds, [keyOf(calls), { calls, kind, until: trusted, probeAt: now() + PROBE_MS }], MOST_KNOWN);
    },
    /** The limit that holds now, without letting a call pass. */
    find: (calls: HeldCalls): Hold | null => find(calls),
    /** The same, as a call that came now would meet it: null also where that call would be let pass. */
    look(calls: HeldCalls): Hold | null {
      const hold = find(calls);
      return hold !== null && now() < hold.probeAt ? hold : null;
    },
    /** The limit that holds for a call now; null lets it pass. Of a long limit, one call in ten minutes passes. */
    heldBy(calls: HeldCalls): Hold | null {
      const hold = find(calls);
      if (hold === null || now() < hold.probeAt) return hold;
      hold.probeAt = now() + PROBE_MS;
      return null;
    },
    /** All limits that hold now, the one that ends first first. */
    list: (): (HeldCalls & Hold)[] =>
      [...holds.values()]
        .filter(({ until }) => until > now())
        .map(({ calls, kind, until }) => ({ ...calls, kind, until }))
        .toSorted((a, b) => a.until - b.until),
    /** A call succeeded: its limit is over. Returns whether there was one. */
    lift: (calls: HeldCalls): boolean => holds.delete(keyOf(calls)),
    /** Another key is another account. */
    forget(account: AccountId): void {
      for (const key of holds.keys()) if (key.startsWith(prefixOf(account))) holds.delete(key);
    },
  };
}

export type Holds = ReturnType<typeof createHolds>;

/** An account that a call may use. */
export interface AccountFacts {
  readonly label: string;
  /** `held`: by a limit that ends at `until` (epoch milliseconds). */
  readonly state: 'free' | 'held' | 'refused';
  readonly until: number | null;
  /** The share of its limits that is left, 0 to 1; 1 when nothing is known. */
  readonly left: number;
  /** Agents whose last call used it. */
  readonly agents: number;
}

/** An agent stays on its account until another one has this much more left: the provider's cache is the account's. */
const WORTH_A_CHANGE = 0.25;

/**
 * The account for an agent's call, of those that are free: the agent's last one, unless another has clearly more left;
 * else the one with most left, and of equals the one with the fewest agents. Null when none is free.
 */
export function decideAccount(accounts: readonly AccountFacts[], last: string | null): string | null {
  const free = accounts.filter(({ state }) => state === 'free');
  const [best] = free.toSorted((a, b) => b.left - a.left || a.agents - b.agents);
  const own = free.find(({ label }) => label === last);
  if (own !== undefined && best !== undefined && best.left - own.left < WORTH_A_CHANGE) return own.label;
  return best?.label ?? null;
}

/** When the first of the accounts that limits hold is free again; null when there is no such account. */
export function firstEnd(accounts: readonly AccountFacts[]): number | null {
  const ends = accounts.flatMap(({ state, until }) => (state === 'held' && until !== null ? [until] : []));
  return ends.length === 0 ? null : Math.min(...ends);
}

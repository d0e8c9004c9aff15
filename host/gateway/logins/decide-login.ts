/** A login's access token, and what is known of its renewal. Times in epoch milliseconds. */
export interface LoginFacts {
  readonly now: number;
  /** The end of the access token; null when it does not say. */
  readonly expiresAt: number | null;
  readonly renewedAt: number;
  /** The provider refused the access token before its time. */
  readonly isRejected: boolean;
  /** The refresh token may have been used without its answer being stored. */
  readonly inDoubt: boolean;
  /** No renewal before this time: another one may still be under way, or it has just failed. */
  readonly pausedUntil: number;
  readonly isEnded: boolean;
  /** Within [0, 1): several logins are not renewed at the same moment. */
  readonly random: number;
}

/** `until`: when it is worth another look. */
export type LoginDecision =
  | { readonly do: 'use'; readonly renew: boolean; readonly until: number | null }
  | { readonly do: 'renew' }
  | { readonly do: 'wait'; readonly until: number }
  | { readonly do: 'refuse' };

/** Before its end an access token is renewed: this long, and up to half as long again. */
const MARGIN_MS = 5 * 60_000;
/** A token that does not say when it ends is renewed at this age. */
const AGE_MS = 8 * 24 * 3_600_000;

/**
 * Decides what may be done with a login. A refresh token that may be used already is not sent again while the access
 * token works: at a provider that takes the second use for a theft, this could end the access token as well. When the
 * access token is over, there is nothing to lose.
 */
export function decideLogin(facts: LoginFacts): LoginDecision {
  const { now, expiresAt, isEnded, inDoubt, pausedUntil } = facts;
  const isOver = facts.isRejected || (expiresAt !== null && now >= expiresAt);
  if (isEnded) return isOver ? { do: 'refuse' } : { do: 'use', renew: false, until: expiresAt };
  if (isOver) return now >= pausedUntil ? { do: 'renew' } : { do: 'wait', until: pausedUntil };
  if (inDoubt) return { do: 'use', renew: false, until: now < pausedUntil ? pausedUntil : expiresAt };
  const due = Math.max(dueAt(facts), pausedUntil);
  return { do: 'use', renew: now >= due, until: now >= due ? expiresAt : due };
}

/** When a token should be renewed. One that is valid only shortly is used for half of its time. */
function dueAt({ expiresAt, renewedAt, random }: LoginFacts): number {
  if (expiresAt === null) return renewedAt + AGE_MS;
  const half = renewedAt + Math.max(0, expiresAt - renewedAt) / 2;
  return Math.min(expiresAt, Math.max(half, expiresAt - MARGIN_MS * (1 + random / 2)));
}

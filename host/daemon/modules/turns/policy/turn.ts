import type { TurnOutcome } from '../../../../../protocol/schemas/harness.ts';

/** What happens to a turn's deliveries when it ends. */
export type TurnEnd =
  | { deliveries: 'done' }
  /** `on_proof`: counts as a failure if the mail is shown to be the cause (see releaseLeased). */
  | {
      deliveries: 'release';
      counts: 'never' | 'on_proof' | 'always';
      /** A lower limit of failures than the configured one, and the hive's own words on it. */
      maxFailures?: number;
      why?: string;
    };

/** Fresh conversations that a message may end alone. */
const MOST_CONVERSATIONS = 2;

/**
 * Only success makes a delivery done. After an outcome that the mail cannot cause (a rate limit, a missing
 * login, an outage of the provider, a box that lacks a resource, a budget, an interrupt, a rebuild) deliveries are
 * requeued without a count; after one that the mail may cause (a crash, a hang, a box that died during the
 * turn) it counts where the mail is shown to be the cause. A message that alone ends fresh conversations is given up
 * sooner, so that the others go on.
 */
export function decideTurnEnd(
  outcome: TurnOutcome | 'lost',
  facts: { cause: string | null; wasFresh: boolean; messages: number } = { cause: null, wasFresh: false, messages: 0 },
): TurnEnd {
  // A conversation that began with this mail and is of no more use: the mail made it so.
  if (outcome === 'failed' && facts.cause === 'conversation_spent' && facts.wasFresh)
    return facts.messages > 1
      ? { deliveries: 'release', counts: 'always' }
      : {
          deliveries: 'release',
          counts: 'always',
          maxFailures: MOST_CONVERSATIONS,
          why: 'it makes conversations unusable: fresh ones that began with it ended at once',
        };
  switch (outcome) {
    case 'done':
      return { deliveries: 'done' };
    case 'rate_limited':
    case 'needs_login':
    case 'outage':
    case 'starved':
    case 'budget':
    case 'interrupted':
      return { deliveries: 'release', counts: 'never' };
    case 'failed':
    case 'timed_out':
    case 'lost':
      return { deliveries: 'release', counts: 'on_proof' };
  }
}

/** A waiting delivery: its number of attempts, and its last turn if that failed. */
interface Tried {
  readonly attempts: number;
  readonly brokenTurn: number | null;
}

/**
 * Chooses the waiting deliveries that a turn may be about, in order. A delivery after two or more turns, the
 * last of which failed, is suspected: it goes alone, to show whether it is the cause, and after a failed turn
 * other mail goes first. Of several suspects the one with the oldest attempt goes.
 */
export function chooseMail<T extends Tried>(waiting: readonly T[], facts: { lastBroke: boolean }): T[] {
  const isSuspect = (one: T) => one.attempts >= 2 && one.brokenTurn !== null;
  const clean = waiting.filter((one) => !isSuspect(one));
  const [first] = waiting;
  if (first === undefined || clean.length === waiting.length) return clean;
  if (clean.length > 0 && (facts.lastBroke || !isSuspect(first))) return clean;
  const oldest = waiting.filter(isSuspect).reduce((a, b) => ((b.brokenTurn ?? 0) < (a.brokenTurn ?? 0) ? b : a));
  return [oldest];
}

/**
 * The number of waiting deliveries, from the first, that enter one turn: as many as fit both limits, and
 * always at least one.
 */
export function fitTurn(sizes: readonly number[], limits: { maxMessages: number; maxBytes: number }): number {
  let taken = 0;
  let bytes = 0;
  for (const size of sizes) {
    if (taken >= limits.maxMessages || (taken > 0 && bytes + size > limits.maxBytes)) break;
    bytes += size;
    taken += 1;
  }
  return taken;
}

/**
 * Whether a turn may be offered to this boot now, and if not, when to check again (null: on the next
 * notification).
 */
export function mayOffer(
  agent: {
    bootId: string | null;
    bootGeneration: number | null;
    generation: number;
    desired: string;
    notBefore: number | null;
  },
  boot: { bootId: string; now: number },
): { offer: true } | { offer: false; stale: boolean; at: number | null } {
  if (agent.bootId !== boot.bootId) return { offer: false, stale: true, at: null };
  // A box of an older generation is about to be replaced: the next turn belongs to the new box.
  if (agent.bootGeneration !== agent.generation || agent.desired !== 'running')
    return { offer: false, stale: false, at: null };
  if (agent.notBefore !== null && agent.notBefore > boot.now)
    return { offer: false, stale: false, at: agent.notBefore };
  return { offer: true };
}

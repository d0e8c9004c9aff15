import type { TurnOutcome } from '../../../../../protocol/schemas/harness.ts';

/** What becomes of a turn's deliveries when it ends. */
export type TurnEnd =
  | { deliveries: 'done' }
  /** `on_proof`: nearer to dead, if it is shown that the mail is the cause (releaseLeased says how). */
  | { deliveries: 'release'; counts: 'never' | 'on_proof' };

/**
 * Only success makes a delivery done. What the turn could not help (a rate limit, a missing login, an outage of the
 * provider, a box that lacks something, an interrupt, a rebuild) puts it back for nothing; what it may have caused
 * itself (a crash, a hang, a box that died under it) counts where that is shown.
 */
export function decideTurnEnd(outcome: TurnOutcome | 'lost'): TurnEnd {
  switch (outcome) {
    case 'done':
      return { deliveries: 'done' };
    case 'rate_limited':
    case 'needs_login':
    case 'outage':
    case 'starved':
    case 'interrupted':
      return { deliveries: 'release', counts: 'never' };
    case 'failed':
    case 'timed_out':
    case 'lost':
      return { deliveries: 'release', counts: 'on_proof' };
  }
}

/** Of a waiting delivery: how often it was tried, and the turn it was in last if that broke. */
interface Tried {
  readonly attempts: number;
  readonly brokenTurn: number | null;
}

/**
 * Which of the waiting deliveries a turn may be about, in order. What was in two turns or more, and its last one broke,
 * is suspected: it goes alone, so that it shows whether it is the cause, and after a turn that broke it lets others
 * go first. Of several the one goes that was tried longest ago.
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
 * How many of the waiting deliveries, oldest first, enter one turn: as many as fit both limits, and
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

/** Whether a turn may be offered to this boot now, and if not, when to look again (null: when something changes). */
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
  // A box of an older generation is about to be replaced: its next turn belongs to its successor.
  if (agent.bootGeneration !== agent.generation || agent.desired !== 'running')
    return { offer: false, stale: false, at: null };
  if (agent.notBefore !== null && agent.notBefore > boot.now)
    return { offer: false, stale: false, at: agent.notBefore };
  return { offer: true };
}

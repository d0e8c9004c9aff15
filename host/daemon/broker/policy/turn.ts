import type { TurnOutcome } from '../../../../protocol/schemas/harness.ts';

/** What becomes of a turn's deliveries when it ends. */
export type TurnEnd =
  | { deliveries: 'done' }
  /** `counts`: the turn itself failed, which brings its deliveries nearer to dead. */
  | { deliveries: 'release'; counts: boolean };

/**
 * Only success makes a delivery done. What the turn could not help (a rate limit, a missing login,
 * an operator's interrupt, a rebuild) puts it back for nothing; what it may have caused itself
 * (a crash, a hang, a box that died under it) counts.
 */
export function decideTurnEnd(outcome: TurnOutcome | 'lost'): TurnEnd {
  switch (outcome) {
    case 'done':
      return { deliveries: 'done' };
    case 'rate_limited':
    case 'needs_login':
    case 'interrupted':
      return { deliveries: 'release', counts: false };
    case 'failed':
    case 'timed_out':
    case 'lost':
      return { deliveries: 'release', counts: true };
  }
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

import type { EgressCaller } from '../../../protocol/egress.ts';
import type { Ask } from './ask-operator.ts';

/** Questions of one agent at once, and the interval at which one more is allowed. */
const BURST = 20;
const EVERY_MS = 2_000;

/**
 * Bounds the questions that one agent's requests make: hived stores each. A request beyond the rate is not asked about.
 */
export function limitAsks(
  ask: Ask,
  now: () => number,
): { ask: Ask; forgetOthers: (names: ReadonlySet<EgressCaller>) => void } {
  const rates = new Map<EgressCaller, { left: number; at: number }>();
  return {
    ask(about) {
      const known = rates.get(about.agent) ?? { left: BURST, at: now() };
      const gained = Math.max(0, now() - known.at) / EVERY_MS;
      const left = Math.min(BURST, known.left + gained);
      const isFree = left >= 1;
      rates.set(about.agent, { left: isFree ? left - 1 : left, at: now() });
      return isFree ? ask(about) : Promise.resolve({ approval: null, waitMs: 0 });
    },
    forgetOthers(names) {
      for (const name of rates.keys()) if (!names.has(name)) rates.delete(name);
    },
  };
}

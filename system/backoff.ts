/** How pauses between tries grow, in milliseconds. */
export interface Backoff {
  readonly firstMs: number;
  readonly maxMs: number;
}

/** Up to this part of a pause is left out at random. */
const JITTER = 0.5;

/**
 * How long to wait after the n-th failure in a row (n from 1), in whole milliseconds: doubling from `firstMs` up to `maxMs`,
 * and of that a random part between half and all. Without it, all who lost the same server at the same moment would come back at the
 * same moments. `random` is within [0, 1); with 0 the pause is whole.
 */
export function backoffMs(failures: number, { firstMs, maxMs }: Backoff, random: number): number {
  const whole = Math.min(maxMs, firstMs * 2 ** Math.min(30, Math.max(0, failures - 1)));
  return Math.round(whole * (1 - JITTER * random));
}

/** How pauses between retries grow, in milliseconds. */
export interface Backoff {
  readonly firstMs: number;
  readonly maxMs: number;
}

/** The largest part of a pause that jitter removes. */
const JITTER = 0.5;

/**
 * The pause after the n-th failure in a row (n from 1), in whole milliseconds: it doubles from `firstMs` up to `maxMs`,
 * and is then shortened at random to between half and all of it. Without this jitter all clients that lost a server at
 * the same moment would retry at the same moments. `random` is within [0, 1); 0 gives the whole pause.
 */
export function backoffMs(failures: number, { firstMs, maxMs }: Backoff, random: number): number {
  const whole = Math.min(maxMs, firstMs * 2 ** Math.min(30, Math.max(0, failures - 1)));
  return Math.round(whole * (1 - JITTER * random));
}

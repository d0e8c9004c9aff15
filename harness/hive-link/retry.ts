import { setTimeout as wait } from 'node:timers/promises';
import { type ErrorCode, HiveError } from '../../protocol/errors.ts';

const AWAY: ReadonlySet<ErrorCode> = new Set([
  'hive_unreachable',
  'storage_unavailable',
  'service_unavailable',
  'internal',
]);

/** Whether an error says that hived cannot answer now, so that the same call may succeed later. */
export function isHiveAway(error: unknown): boolean {
  return error instanceof HiveError && AWAY.has(error.code);
}

/** Milliseconds to wait after the n-th failure in a row (n from 1): doubling from `firstMs` up to `maxMs`. */
export function backoffMs(failures: number, bounds: { firstMs: number; maxMs: number }): number {
  return Math.min(bounds.maxMs, bounds.firstMs * 2 ** Math.min(30, Math.max(0, failures - 1)));
}

/**
 * Repeats a call for as long as hived is away (or `isTransient` says so); for ever, unless the signal
 * fires. Any other error is thrown. `onAway` is told once per absence, `onBack` when it is over.
 */
export async function retryWhileAway<T>(
  attempt: () => Promise<T>,
  options: {
    signal: AbortSignal;
    isTransient?: (error: unknown) => boolean;
    onAway?: (error: HiveError) => void;
    onBack?: () => void;
  },
): Promise<T> {
  const isTransient = options.isTransient ?? isHiveAway;
  for (let failures = 0; ;) {
    options.signal.throwIfAborted();
    try {
      const value = await attempt();
      if (failures > 0) options.onBack?.();
      return value;
    } catch (error) {
      if (!isTransient(error)) throw error;
      failures += 1;
      if (failures === 1) options.onAway?.(error as HiveError);
    }
    await wait(backoffMs(failures, { firstMs: 50, maxMs: 2_000 }), undefined, { signal: options.signal });
  }
}

import { setTimeout as wait } from 'node:timers/promises';
import { type ErrorCode, HiveError } from '../../protocol/errors.ts';

const AWAY: ReadonlySet<ErrorCode> = new Set(['hive_unreachable', 'storage_unavailable', 'service_unavailable']);
/** So many times in a row the same call may break inside hived; then it is a bug that waiting does not mend. */
export const MOST_BROKEN = 5;

/** Whether an error says that hived cannot answer now, so that the same call may succeed later. */
export function isHiveAway(error: unknown): boolean {
  return error instanceof HiveError && AWAY.has(error.code);
}

/** Whether hived answered that it broke on this very call. */
export function isHiveBroken(error: unknown): boolean {
  return error instanceof HiveError && error.code === 'internal';
}

/** Milliseconds to wait after the n-th failure in a row (n from 1): doubling from `firstMs` up to `maxMs`. */
export function backoffMs(failures: number, bounds: { firstMs: number; maxMs: number }): number {
  return Math.min(bounds.maxMs, bounds.firstMs * 2 ** Math.min(30, Math.max(0, failures - 1)));
}

/**
 * Repeats a call for as long as hived is away (or `isTransient` says so); for ever, unless the signal
 * fires. A call that hived breaks on is tried MOST_BROKEN times in a row. Any other error is thrown. `onAway` is told once per absence, `onBack` when it is over.
 */
export async function retryWhileAway<T>(
  attempt: () => Promise<T>,
  options: {
    signal: AbortSignal;
    isTransient?: (error: unknown) => boolean;
    onAway?: (error: HiveError) => void;
    onBack?: () => void;
    /** Pauses between tries: 50 ms to 2 s, unless said otherwise. */
    pauses?: { firstMs: number; maxMs: number };
  },
): Promise<T> {
  const pauses = options.pauses ?? { firstMs: 50, maxMs: 2_000 };
  const isTransient =
    options.isTransient ?? ((error) => isHiveAway(error) || (isHiveBroken(error) && broken < MOST_BROKEN));
  let broken = 0;
  for (let failures = 0; ;) {
    options.signal.throwIfAborted();
    try {
      const value = await attempt();
      if (failures > 0) options.onBack?.();
      return value;
    } catch (error) {
      broken = isHiveBroken(error) ? broken + 1 : 0;
      if (!isTransient(error)) throw error;
      failures += 1;
      if (failures === 1) options.onAway?.(error as HiveError);
    }
    await wait(backoffMs(failures, pauses), undefined, { signal: options.signal });
  }
}

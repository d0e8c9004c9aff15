import { setTimeout as wait } from 'node:timers/promises';
import { type ErrorCode, HiveError } from '../../protocol/errors.ts';
import { type Backoff, backoffMs } from '../../system/backoff.ts';

const AWAY: ReadonlySet<ErrorCode> = new Set(['hive_unreachable', 'storage_unavailable', 'service_unavailable']);
/** After this many consecutive failures of one call inside hived it counts as a bug, which waiting does not fix. */
export const MOST_BROKEN = 5;

/** Whether hived cannot answer now, so that the same call may succeed later. */
export function isHiveAway(error: unknown): boolean {
  return error instanceof HiveError && AWAY.has(error.code);
}

/** Whether hived reported an internal failure for this call. */
export function isHiveBroken(error: unknown): boolean {
  return error instanceof HiveError && error.code === 'internal';
}

/** Backoff between attempts of a call that hived does not answer. */
const PAUSES: Backoff = { firstMs: 50, maxMs: 2_000 };

/**
 * Retries a call while hived is down (or `isTransient` returns true); for ever, unless the signal aborts. A call on
 * which hived itself fails is tried MOST_BROKEN times in a row. Any other error is thrown. `onAway` is called once
 * per absence, `onBack` at its end.
 */
export async function retryWhileAway<T>(
  attempt: () => Promise<T>,
  options: {
    signal: AbortSignal;
    isTransient?: (error: unknown) => boolean;
    onAway?: (error: HiveError) => void;
    onBack?: () => void;
    /** Pauses between attempts. Default: 50 ms to 2 s. */
    pauses?: Backoff;
    /** The source of jitter, within [0, 1). Default: Math.random. */
    random?: () => number;
  },
): Promise<T> {
  const { pauses = PAUSES, random = Math.random } = options;
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
    await wait(backoffMs(failures, pauses, random()), undefined, { signal: options.signal });
  }
}

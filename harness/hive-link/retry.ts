import { setTimeout as wait } from 'node:timers/promises';
import { type ErrorCode, HiveError } from '../../protocol/errors.ts';
import { type Backoff, backoffMs } from '../../system/backoff.ts';

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

/** Between tries of a call that hived does not answer. */
const PAUSES: Backoff = { firstMs: 50, maxMs: 2_000 };

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
    /** Pauses between tries. Default: 50 ms to 2 s. */
    pauses?: Backoff;
    /** Where their jitter comes from, within [0, 1). Default: Math.random. */
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

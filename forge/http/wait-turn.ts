import { HiveError } from '../../protocol/errors.ts';
import type { Limits } from '../limits.ts';

export interface Turn {
  /** Waits for a lock or slot and resolves with its release; rejects when the signal fires. */
  readonly take: (signal: AbortSignal) => Promise<() => void>;
  /** Fires when the client went away. */
  readonly gone: AbortSignal;
  /** What is waited for, as the client is told. */
  readonly why: string;
  /** Says a line to the client while it waits. */
  readonly tell: (line: string) => void;
}

/** Waits for a turn; who waits longer is told why. Throws `service_unavailable` with the reason after `maxWaitMs`. */
export async function waitTurn(turn: Turn, limits: Pick<Limits, 'tellWaitMs' | 'maxWaitMs'>): Promise<() => void> {
  const { take, gone, why, tell } = turn;
  const tooLong = new AbortController();
  const telling = setTimeout(() => tell(`Waiting: ${why}.`), limits.tellWaitMs);
  const ending = setTimeout(
    () => tooLong.abort(new HiveError('service_unavailable', `${why}; try again later`)),
    limits.maxWaitMs,
  );
  try {
    return await take(AbortSignal.any([gone, tooLong.signal]));
  } catch (error) {
    if (tooLong.signal.aborted) throw tooLong.signal.reason;
    throw error;
  } finally {
    clearTimeout(telling);
    clearTimeout(ending);
  }
}

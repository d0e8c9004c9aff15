import { HiveError } from '../../protocol/errors.ts';
import type { Limits } from '../limits.ts';
import type { ForgeCore } from './forge-core.ts';

export interface Turn {
  /** Waits for a lock or slot and resolves with its release; rejects when the signal fires. */
  readonly take: (signal: AbortSignal) => Promise<() => void>;
  /** Aborts when the client disconnects. */
  readonly gone: AbortSignal;
  /** The reason for the wait, as the client sees it. */
  readonly why: string;
  /** Shows the client a progress line while it waits. */
  readonly tell: (line: string) => void;
}

/**
 * Waits for a turn; a client that waits longer than `tellWaitMs` is shown why. Throws `service_unavailable` with the
 * reason after `maxWaitMs`.
 */
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

/** A slot for one git process of `caller`; resolves with its release. */
export function takeSlot(
  { limits, slots }: Pick<ForgeCore, 'limits' | 'slots'>,
  caller: string,
  client: Pick<Turn, 'gone' | 'tell'>,
): Promise<() => void> {
  const why = `${caller} has ${limits.gitProcessesPerCaller} transfers under way, or all agents together ${limits.gitProcesses}`;
  return waitTurn({ ...client, why, take: (signal) => slots.take(caller, signal) }, limits);
}

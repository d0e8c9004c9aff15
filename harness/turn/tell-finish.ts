import { HiveError } from '../../protocol/errors.ts';
import type { FinishInput } from '../../protocol/schemas/harness.ts';
import { NO_USAGE } from '../driver/usage.ts';
import type { HiveClient } from '../hive-link/hive-client.ts';
import { isHiveBroken, retryWhileAway } from '../hive-link/retry.ts';
import type { Away } from './introduce.ts';

/**
 * `refused`: the turn is no longer this harness's, or hived offers it again. `hive_broken`: hived fails on every
 * report of it.
 */
export type Told = 'told' | 'refused' | 'hive_broken';

/**
 * Reports the turn's end to hived: retries while hived is down, or for `lastWordsMs` once `signal` has aborted. When
 * hived fails on the report each time, the turn is reported as failed without any details.
 */
export async function tellFinish(
  input: FinishInput,
  parts: {
    hive: HiveClient;
    helloAgain: () => Promise<void>;
    log: (line: string) => void;
    away: Away;
    lastWordsMs: number;
    signal: AbortSignal;
  },
): Promise<Told> {
  const { hive, signal } = parts;
  const patience = new AbortController();
  const hurry = () => setTimeout(() => patience.abort(), parts.lastWordsMs).unref();
  if (signal.aborted) hurry();
  else signal.addEventListener('abort', hurry, { once: true });

  const tell = (finish: FinishInput) =>
    retryWhileAway(() => hive.call('finish', finish, { signal: patience.signal }), {
      signal: patience.signal,
      ...parts.away,
    });

  async function tellOtherwise(error: unknown): Promise<void> {
    if (isHiveBroken(error)) {
      await tell(withoutDetails(input));
      return;
    }
    if (!(error instanceof HiveError) || error.code !== 'stale_boot') throw error;
    await parts.helloAgain();
    await tell(input);
  }

  try {
    await tell(input).catch(tellOtherwise);
    return 'told';
  } catch (error) {
    // stale_fence: the turn was given to somebody else. Any other turn is offered again by hived, and then reported
    // again.
    const why = error instanceof HiveError ? `${error.code}: ${error.message}` : String(error);
    parts.log(`turn ${input.turn} could not be finished: ${why}`);
    return isHiveBroken(error) ? 'hive_broken' : 'refused';
  } finally {
    signal.removeEventListener('abort', hurry);
  }
}

function withoutDetails(input: FinishInput): FinishInput {
  const reason = `hived broke on how the turn ended (${input.outcome}); its log says more.`;
  return { ...input, outcome: 'failed', reason, text: '', usage: NO_USAGE, answered: false };
}

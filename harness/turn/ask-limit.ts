import type { HeartbeatInput, HeartbeatOutput } from '../../protocol/schemas/harness.ts';
import type { HiveClient } from '../hive-link/hive-client.ts';
import { retryWhileAway } from '../hive-link/retry.ts';
import type { Away } from './introduce.ts';

/** What stopped the running turn's calls, as the gateway told hived. */
export interface KnownLimit {
  /** When the provider's limit ends (epoch ms); null when there is none, or its end is unknown. */
  readonly limitedUntil: number | null;
  /** The budget that is used up, if one is. */
  readonly budget: NonNullable<HeartbeatOutput['budget']> | null;
}

/**
 * Asks hived for it. Retried while hived is down, since the turn's end has to be reported to it as well; until `signal`
 * aborts.
 */
export async function askLimit(parts: {
  hive: HiveClient;
  takePulse: () => Promise<HeartbeatInput>;
  away: Away;
  signal: AbortSignal;
}): Promise<KnownLimit> {
  const { hive, signal } = parts;
  const ask = async () => hive.call('heartbeat', { ...(await parts.takePulse()), knowsBudgets: true }, { signal });
  // Whatever else hived answers, the pause follows the harness's own backoff.
  const answer = await retryWhileAway(ask, { signal, ...parts.away }).catch(() => null);
  return { limitedUntil: answer?.limitedUntil ?? null, budget: answer?.budget ?? null };
}

import type { HeartbeatInput } from '../../protocol/schemas/harness.ts';
import type { HiveClient } from '../hive-link/hive-client.ts';
import { retryWhileAway } from '../hive-link/retry.ts';
import type { Away } from './introduce.ts';

/**
 * When the limit ends that the running turn met, as the gateway told hived (epoch ms); null when nobody knows. Asked for
 * as long as hived is away, since the turn's end has to be told to it as well; not any more once `signal` fires.
 */
export async function askLimit(parts: {
  hive: HiveClient;
  takePulse: () => Promise<HeartbeatInput>;
  away: Away;
  signal: AbortSignal;
}): Promise<number | null> {
  const { hive, signal } = parts;
  const ask = async () => hive.call('heartbeat', await parts.takePulse(), { signal });
  // Whatever hived answers instead, the pause goes by the harness's own backoff.
  const answer = await retryWhileAway(ask, { signal, ...parts.away }).catch(() => null);
  return answer?.limitedUntil ?? null;
}

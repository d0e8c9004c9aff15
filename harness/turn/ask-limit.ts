import type { HeartbeatInput } from '../../protocol/schemas/harness.ts';
import type { HiveClient } from '../hive-link/hive-client.ts';
import { retryWhileAway } from '../hive-link/retry.ts';
import type { Away } from './introduce.ts';

/**
 * When the limit that the running turn reached ends, as the gateway told hived (epoch ms); null when unknown. Retried
 * while hived is down, since the turn's end has to be reported to it as well; until `signal` aborts.
 */
export async function askLimit(parts: {
  hive: HiveClient;
  takePulse: () => Promise<HeartbeatInput>;
  away: Away;
  signal: AbortSignal;
}): Promise<number | null> {
  const { hive, signal } = parts;
  const ask = async () => hive.call('heartbeat', await parts.takePulse(), { signal });
  // Whatever else hived answers, the pause follows the harness's own backoff.
  const answer = await retryWhileAway(ask, { signal, ...parts.away }).catch(() => null);
  return answer?.limitedUntil ?? null;
}

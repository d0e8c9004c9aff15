import type { ProviderName } from '../../protocol/providers.ts';
import type { Log } from '../../system/log.ts';
import { waitAtMost } from '../../system/pause.ts';
import { type Answer, type Call, refusal } from './call.ts';
import type { GatewayLimits } from './config.ts';
import type { Report, Reports } from './reports/reports.ts';

export interface RecordDeps {
  readonly reports: Pick<Reports, 'add' | 'store'>;
  readonly log: Log;
  readonly limits: Pick<GatewayLimits, 'recordMs'>;
}

/** hived did not store that a call begins, so the provider did not get it. */
export class NotRecordedError extends Error {
  override readonly name = 'NotRecordedError';
}

/**
 * A call may cost money even if this process dies before it knows how much. So hived stores that it begins, and the
 * provider gets it after that. Rejects with a NotRecordedError when that takes too long, or when the box leaves meanwhile.
 * Null for a free call, which needs no record.
 */
export function recordStart(
  { id, startedAt, kind, outcome, signal }: Call,
  deps: RecordDeps,
  provider: ProviderName,
): Promise<void> | null {
  if (kind.route.kind !== 'answer') return null;
  const { usd = null, tokens = 0 } = outcome.expected?.whole ?? {};
  const facts = { id, agent: kind.agent, startedAt, provider };
  return store({ started: { ...facts, reservedUsd: usd, reservedTokens: tokens } }, deps, signal);
}

async function store(report: Report, { reports, limits }: RecordDeps, signal: AbortSignal): Promise<void> {
  const isStored = await waitAtMost(reports.store(report), limits.recordMs, signal);
  if (isStored !== true) throw new NotRecordedError('hived did not store that a call begins');
}

/** The answer to such a call. Its status makes clients try again by themselves. */
export function sayNotRecorded({ kind, signal }: Call, { log }: RecordDeps): Answer {
  if (!signal.aborted) log.warn({ agent: kind.agent }, 'a call was not made: hived did not store that it begins');
  const answer = refusal(
    kind.protocol,
    503,
    'The hive could not record this call, so it was not made. Try again shortly.',
  );
  return { ...answer, headers: { ...answer.headers, 'retry-after': '1' } };
}

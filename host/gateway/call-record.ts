import type { AgentName } from '../../protocol/names.ts';
import type { UsageRecord } from '../../protocol/schemas/service.ts';
import { EMPTY_TALLY, type Tally, totalTally } from './anthropic/usage.ts';

/** What became of one call to a model; filled in while it goes. */
export interface CallOutcome {
  /** The status the box got; 0 until there is one. */
  status: number;
  /** The model that was asked for; null while unknown. */
  asked: () => string | null;
  tally: () => Tally;
  /** The gateway answered in the provider's place: no key, or a refused one. */
  barred: boolean;
}

export function startOutcome(): CallOutcome {
  return { status: 0, asked: () => null, tally: () => EMPTY_TALLY, barred: false };
}

export interface CallFacts {
  readonly id: string;
  readonly agent: AgentName;
  readonly provider: UsageRecord['provider'];
  readonly startedAt: number;
  readonly endedAt: number;
}

const MAX_MODEL_CHARS = 200;

/** The report of a call that is over. The demo model costs nothing, whatever model it stands in for. */
export function recordCall(facts: CallFacts, outcome: CallOutcome): UsageRecord {
  const tally = outcome.tally();
  const model = (tally.model ?? outcome.asked() ?? 'unknown').slice(0, MAX_MODEL_CHARS);
  const usage = totalTally(tally, model);
  return {
    ...facts,
    model,
    status: outcome.status,
    usage: facts.provider === 'demo' ? { ...usage, costUsd: 0 } : usage,
  };
}

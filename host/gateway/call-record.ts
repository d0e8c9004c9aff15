import type { AgentName } from '../../protocol/names.ts';
import { DEMO } from '../../protocol/providers.ts';
import type { UsageRecord } from '../../protocol/schemas/service.ts';
import { cutText } from '../../system/text/cut-text.ts';
import { priceCall, type PriceList } from './pricing.ts';
import { EMPTY_TALLY, type Tally } from './protocols/tally.ts';

/** The outcome of one call to a model; filled in during the call. */
export interface CallOutcome {
  /** The status sent to the box; 0 until there is one. */
  status: number;
  /** The requested model; null while unknown. */
  asked: string | null;
  tally: () => Tally;
  /** Who was called; null when the gateway refused the call itself. */
  answerer: UsageRecord['provider'] | null;
}

export function startOutcome(): CallOutcome {
  return { status: 0, asked: null, tally: () => EMPTY_TALLY, answerer: null };
}

export interface CallFacts {
  readonly id: string;
  readonly agent: AgentName;
  readonly provider: UsageRecord['provider'];
  readonly startedAt: number;
  readonly endedAt: number;
  readonly prices: PriceList;
  /** Its number among this gateway's reports. */
  readonly call: number;
}

const MAX_MODEL_CHARS = 200;

/** The report of an ended call. The demo model costs nothing, whatever model it stands in for. */
export function recordCall({ prices, ...facts }: CallFacts, outcome: CallOutcome): UsageRecord {
  const { model: answered, tokens, unusualPrice } = outcome.tally();
  const isKnown = facts.provider === DEMO || !unusualPrice;
  const listed = facts.provider === DEMO ? 0 : priceCall(tokens, { model: answered ?? outcome.asked ?? '', prices });
  const model = cutText(answered ?? outcome.asked ?? 'unknown', MAX_MODEL_CHARS).text;
  return {
    ...facts,
    model,
    status: outcome.status,
    usage: {
      inputTokens: tokens.input,
      outputTokens: tokens.output,
      cacheReadTokens: tokens.cacheRead,
      cacheWriteTokens: tokens.cacheWrite5m + tokens.cacheWrite1h,
      costUsd: isKnown ? listed : null,
    },
    reasoningTokens: tokens.reasoning,
    estimatedUsd: isKnown ? null : listed,
  };
}

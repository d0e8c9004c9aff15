import type { AgentName } from '../../protocol/names.ts';
import { DEMO } from '../../protocol/providers.ts';
import type { UsageRecord } from '../../protocol/schemas/service.ts';
import { cutText } from '../../system/text/cut-text.ts';
import { NO_PRICES, priceAtLeast, priceTally, type PriceList } from './pricing.ts';
import type { Expected } from './budgets/expect-call.ts';
import type { Gap } from './protocols/protocol.ts';
import { type Extras, NO_EXTRAS } from './protocols/extras.ts';
import { EMPTY_TALLY, sumTokens, type Tally } from './protocols/tally.ts';
import { pricedTiers } from './tiers.ts';

/** The outcome of one call to a model; filled in during the call. */
export interface CallOutcome {
  /** The status sent to the box; 0 until there is one. */
  status: number;
  /** The requested model; null while unknown. */
  asked: string | null;
  /** What the request asks for that changes its price. */
  extras: Extras;
  /** The tokens of the answer; final when the call is over. */
  tally: () => Tally;
  /** The tokens counted so far, while the call runs. */
  soFar: () => Tally;
  /** What the answer has not said of its tokens. */
  gap: () => Gap;
  /** What the call was expected to use; null for a free one. */
  expected: Expected | null;
  /** Whom the one that was called stands in for; null for the first entry. */
  insteadOf: string | null;
  /** Who was called; null when the gateway refused the call itself. */
  answerer: UsageRecord['provider'] | null;
  /** The prices of who is called. */
  prices: PriceList;
}

export function startOutcome(): CallOutcome {
  const nothing = { tally: () => EMPTY_TALLY, soFar: () => EMPTY_TALLY, gap: () => 'none' as const, expected: null };
  return { status: 0, asked: null, extras: NO_EXTRAS, ...nothing, insteadOf: null, answerer: null, prices: NO_PRICES };
}

export interface CallFacts {
  readonly id: string;
  readonly agent: AgentName;
  readonly provider: UsageRecord['provider'];
  readonly startedAt: number;
  readonly endedAt: number;
  /** Its number among this gateway's reports. */
  readonly call: number;
}

const MAX_MODEL_CHARS = 200;

/**
 * The report of an ended call. The demo model costs nothing, whatever model it stands in for. What an answer that broke
 * off did not say is taken from what the call was expected to use: a box that leaves early does not have it for free.
 */
export function recordCall(facts: CallFacts, outcome: CallOutcome): UsageRecord {
  const tally = outcome.tally();
  const { model: answered, unusualPrice } = tally;
  const tokens = sumTokens(tally);
  const gap = outcome.gap();
  const { expected, prices } = outcome;
  const { names: tiers, assumed } = pricedTiers(outcome.extras.tiers, tally);
  const priceAs = (name: string | null) => priceTally(tally, { model: name ?? '', prices, tiers });
  const ofAnswered = facts.provider === DEMO ? 0 : priceAs(answered ?? outcome.asked);
  // A name in an answer that no list has, and something without a price, do not make it free: budgets count it as what
  // was asked, and the part that has a price.
  const atLeast = (name: string | null) => priceTally(tally, { model: name ?? '', prices, tiers }, priceAtLeast);
  const listed = ofAnswered ?? priceAs(outcome.asked) ?? atLeast(answered ?? outcome.asked) ?? atLeast(outcome.asked);
  const model = cutText(answered ?? outcome.asked ?? 'unknown', MAX_MODEL_CHARS).text;
  const used = { input: tokens.input, usd: listed };
  if (gap === 'input' && expected !== null) {
    used.input = expected.input.tokens;
    used.usd = listed === null || expected.input.usd === null ? null : listed + expected.input.usd;
  }
  const isKnown =
    facts.provider === DEMO ||
    !(unusualPrice || (assumed && listed !== 0) || gap === 'all' || (ofAnswered === null && listed !== null));
  const { usd, tokens: whole } = expected?.whole ?? { usd: null, tokens: 0 };
  return {
    ...facts,
    model,
    ...(outcome.insteadOf === null ? {} : { insteadOf: outcome.insteadOf }),
    status: outcome.status,
    usage: {
      inputTokens: used.input,
      outputTokens: tokens.output,
      cacheReadTokens: tokens.cacheRead,
      cacheWriteTokens: tokens.cacheWrite5m + tokens.cacheWrite1h,
      costUsd: isKnown ? used.usd : null,
    },
    reasoningTokens: tokens.reasoning,
    cacheWrite1hTokens: tokens.cacheWrite1h,
    estimated: gap !== 'none',
    counted: isKnown ? null : gap === 'all' ? { usd, tokens: whole } : { usd: used.usd, tokens: 0 },
  };
}

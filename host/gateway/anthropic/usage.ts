import { z } from 'zod';
import type { UsageTotals } from '../../../protocol/schemas/agent.ts';
import { type CountedTokens, priceCall } from '../pricing.ts';

const count = z.number().int().nonnegative().nullish().catch(null);

/** The provider's `usage`. Another program's output: what does not fit counts as not said. */
export const reportedUsage = z.object({
  input_tokens: count,
  output_tokens: count,
  cache_read_input_tokens: count,
  cache_creation_input_tokens: count,
  cache_creation: z
    .object({ ephemeral_5m_input_tokens: count, ephemeral_1h_input_tokens: count })
    .nullish()
    .catch(null),
  speed: z.string().nullish().catch(null),
});
export type ReportedUsage = z.infer<typeof reportedUsage>;

/** What is known so far of a call's tokens. The provider's figures are running totals: later ones replace earlier ones. */
export interface Tally {
  readonly model: string | null;
  readonly tokens: CountedTokens;
  /** A mode with other prices than the list's ("fast"), or tokens that could not be counted: the call has no known price. */
  readonly unusualPrice: boolean;
}

export const EMPTY_TALLY: Tally = {
  model: null,
  tokens: { input: 0, output: 0, cacheRead: 0, cacheWrite5m: 0, cacheWrite1h: 0 },
  unusualPrice: false,
};

/** Takes a further report in; fields it does not say keep their value. */
export function addReport(tally: Tally, report: ReportedUsage): Tally {
  const { tokens } = tally;
  const written = report.cache_creation_input_tokens ?? tokens.cacheWrite5m + tokens.cacheWrite1h;
  const hour = Math.min(written, report.cache_creation?.ephemeral_1h_input_tokens ?? tokens.cacheWrite1h);
  return {
    model: tally.model,
    tokens: {
      input: report.input_tokens ?? tokens.input,
      output: report.output_tokens ?? tokens.output,
      cacheRead: report.cache_read_input_tokens ?? tokens.cacheRead,
      cacheWrite5m: written - hour,
      cacheWrite1h: hour,
    },
    unusualPrice: tally.unusualPrice || (report.speed != null && report.speed !== 'standard'),
  };
}

/** The totals that go into a report to hived. `model` is the one that answered, or was asked when none did. */
export function totalTally(tally: Tally, model: string): UsageTotals {
  const { tokens } = tally;
  return {
    inputTokens: tokens.input,
    outputTokens: tokens.output,
    cacheReadTokens: tokens.cacheRead,
    cacheWriteTokens: tokens.cacheWrite5m + tokens.cacheWrite1h,
    costUsd: tally.unusualPrice ? null : priceCall(model, tokens),
  };
}

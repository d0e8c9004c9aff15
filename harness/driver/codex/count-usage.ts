import type { UsageTotals } from '../../../protocol/schemas/agent.ts';
import type { TokenTotals } from './read-event.ts';

/**
 * Running totals: the CLI counts over the whole life of a conversation, also after it was continued. It counts cached
 * input as input as well. It knows no prices.
 */
export function totalsOf(given: TokenTotals): UsageTotals {
  const { inputTokens, cachedInputTokens, cacheWriteInputTokens, outputTokens } = given;
  return {
    inputTokens: Math.round(Math.max(0, inputTokens - cachedInputTokens - cacheWriteInputTokens)),
    outputTokens: Math.round(outputTokens),
    cacheReadTokens: Math.round(cachedInputTokens),
    cacheWriteTokens: Math.round(cacheWriteInputTokens),
    costUsd: null,
  };
}

/** The totals before a request of the CLI, which it counts as `last`. */
export function totalsBefore({ total, last }: { total: TokenTotals; last: TokenTotals }): UsageTotals {
  const less = (name: keyof TokenTotals) => Math.max(0, total[name] - last[name]);
  return totalsOf({
    inputTokens: less('inputTokens'),
    cachedInputTokens: less('cachedInputTokens'),
    cacheWriteInputTokens: less('cacheWriteInputTokens'),
    outputTokens: less('outputTokens'),
  });
}

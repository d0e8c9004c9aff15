import type { UsageTotals } from '../../protocol/schemas/agent.ts';

/** The usage of a turn without a result: only the gateway counted it. */
export const NO_USAGE: UsageTotals = {
  inputTokens: 0,
  outputTokens: 0,
  cacheReadTokens: 0,
  cacheWriteTokens: 0,
  costUsd: null,
};

/** The usage since `before`, from running totals. A total that decreased was reset, so it counts from zero. */
export function usageSince(before: UsageTotals | null, now: UsageTotals): UsageTotals {
  if (before === null || now.inputTokens < before.inputTokens || now.outputTokens < before.outputTokens) return now;
  const more = (was: number, is: number) => Math.max(0, is - was);
  return {
    inputTokens: more(before.inputTokens, now.inputTokens),
    outputTokens: more(before.outputTokens, now.outputTokens),
    cacheReadTokens: more(before.cacheReadTokens, now.cacheReadTokens),
    cacheWriteTokens: more(before.cacheWriteTokens, now.cacheWriteTokens),
    costUsd: now.costUsd === null ? null : more(before.costUsd ?? 0, now.costUsd),
  };
}

/** The sum; the price stays unknown when neither is known. */
export function addUsage(a: UsageTotals, b: UsageTotals): UsageTotals {
  return {
    inputTokens: a.inputTokens + b.inputTokens,
    outputTokens: a.outputTokens + b.outputTokens,
    cacheReadTokens: a.cacheReadTokens + b.cacheReadTokens,
    cacheWriteTokens: a.cacheWriteTokens + b.cacheWriteTokens,
    costUsd: a.costUsd === null && b.costUsd === null ? null : (a.costUsd ?? 0) + (b.costUsd ?? 0),
  };
}

import type { UsageTotals } from '../../../protocol/schemas/agent.ts';
import type { ResultLine } from './parse-line.ts';

/** A result's running totals: the CLI counts over the whole life of its process, over all models. */
export function totalsOf(result: ResultLine): UsageTotals {
  const models = Object.values(result.modelUsage);
  const sum = (pick: (model: (typeof models)[number]) => number) =>
    Math.round(models.reduce((all, model) => all + pick(model), 0));
  return {
    inputTokens: sum((model) => model.inputTokens),
    outputTokens: sum((model) => model.outputTokens),
    cacheReadTokens: sum((model) => model.cacheReadInputTokens),
    cacheWriteTokens: sum((model) => model.cacheCreationInputTokens),
    costUsd: result.total_cost_usd ?? null,
  };
}

/** What was used since `before`. A total that shrank was started anew, so it counts as it is. */
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

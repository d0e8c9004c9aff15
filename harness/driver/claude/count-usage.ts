import type { UsageTotals } from '../../../protocol/schemas/agent.ts';
import type { ResultLine } from './parse-line.ts';

/** A result's running totals: the CLI counts over the whole lifetime of its process, over all models. */
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

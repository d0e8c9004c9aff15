import type { UsageTotals } from '../../protocol/schemas/agent.ts';
import type { TurnReport } from './driver.ts';

/** Two runs of the CLI in one turn of the hive: it ended as the later one did, and cost both. */
export function mergeReports(first: TurnReport, then: TurnReport): TurnReport {
  return {
    verdict: then.verdict,
    text: [first.text, then.text].filter((text) => text !== '').join('\n\n'),
    sessionId: then.sessionId,
    usage: addUsage(first.usage, then.usage),
    toolCalls: first.toolCalls + then.toolCalls,
    workCalls: first.workCalls + then.workCalls,
    answered: first.answered || then.answered,
  };
}

function addUsage(a: UsageTotals, b: UsageTotals): UsageTotals {
  return {
    inputTokens: a.inputTokens + b.inputTokens,
    outputTokens: a.outputTokens + b.outputTokens,
    cacheReadTokens: a.cacheReadTokens + b.cacheReadTokens,
    cacheWriteTokens: a.cacheWriteTokens + b.cacheWriteTokens,
    costUsd: a.costUsd === null && b.costUsd === null ? null : (a.costUsd ?? 0) + (b.costUsd ?? 0),
  };
}

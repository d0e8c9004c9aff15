import type { TurnReport } from './driver.ts';
import { addUsage } from './usage.ts';

/** Merges two runs of the CLI in one turn of the hive: the outcome is the later one's, the cost is the sum. */
export function mergeReports(first: TurnReport, then: TurnReport): TurnReport {
  return {
    verdict: then.verdict,
    text: [first.text, then.text].filter((text) => text !== '').join('\n\n'),
    sessionId: then.sessionId,
    usage: addUsage(first.usage, then.usage),
    toolCalls: first.toolCalls + then.toolCalls,
    workCalls: first.workCalls + then.workCalls,
    answered: first.answered || then.answered,
    ...(first.toolsMs === undefined && then.toolsMs === undefined
      ? {}
      : { toolsMs: (first.toolsMs ?? 0) + (then.toolsMs ?? 0) }),
    contextTokens: then.contextTokens ?? first.contextTokens ?? null,
    sessionMark: then.sessionMark ?? first.sessionMark ?? null,
    sessionLost: first.sessionLost ?? then.sessionLost ?? null,
    compacted: first.compacted === true || then.compacted === true,
    windowTokens: then.windowTokens ?? first.windowTokens ?? null,
  };
}

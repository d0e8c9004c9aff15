import { expect, test } from 'vitest';
import type { TurnReport } from './driver.ts';
import { NO_USAGE } from './usage.ts';
import { mergeReports } from './merge-reports.ts';

const usage = { inputTokens: 1, outputTokens: 2, cacheReadTokens: 3, cacheWriteTokens: 4, costUsd: 0.5 };
const first: TurnReport = {
  verdict: { kind: 'done' },
  text: 'one',
  sessionId: 's',
  usage,
  toolCalls: 2,
  workCalls: 1,
  answered: true,
};

test('two runs add their costs and texts, and end as the later one did', () => {
  const then = { ...first, verdict: { kind: 'interrupted' as const, reason: 'x' }, text: 'two', sessionId: 't' };
  expect(mergeReports(first, then)).toEqual({
    contextTokens: null,
    windowTokens: null,
    sessionMark: null,
    sessionLost: null,
    compacted: false,
    verdict: { kind: 'interrupted', reason: 'x' },
    text: 'one\n\ntwo',
    sessionId: 't',
    usage: { inputTokens: 2, outputTokens: 4, cacheReadTokens: 6, cacheWriteTokens: 8, costUsd: 1 },
    toolCalls: 4,
    workCalls: 2,
    answered: true,
  });
});

test('an unknown price stays unknown, and a known one is kept', () => {
  const silent = { ...first, text: '', usage: NO_USAGE };
  expect(mergeReports(silent, silent).usage.costUsd).toBeNull();
  expect(mergeReports(first, silent)).toMatchObject({ text: 'one', usage: { costUsd: 0.5 } });
});

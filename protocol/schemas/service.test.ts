import { expect, test } from 'vitest';
import { callStart, limitReport, usageRecord } from './service.ts';

const AT = 1_800_000_000_000;
const called = { id: crypto.randomUUID(), agent: 'scout', provider: 'anthropic', startedAt: AT };
const usage = { inputTokens: 1, outputTokens: 1, cacheReadTokens: 0, cacheWriteTokens: 0, costUsd: 0.1 };
const ended = { ...called, model: 'm', endedAt: AT, status: 200, usage };
const limit = { agent: 'scout', provider: 'anthropic', modelClass: 'sonnet', kind: 'rate', until: AT, at: AT };

test('a report of more than one call can use is refused: sums of calls stay numbers', () => {
  expect(usageRecord.safeParse(ended).success).toBe(true);
  for (const more of [{ costUsd: 1e300 }, { inputTokens: Number.MAX_SAFE_INTEGER }])
    expect(usageRecord.safeParse({ ...ended, usage: { ...usage, ...more } }).success).toBe(false);
  expect(usageRecord.safeParse({ ...ended, counted: { usd: 1e300, tokens: 0 } }).success).toBe(false);
  expect(callStart.safeParse({ ...called, reservedUsd: 1e300 }).success).toBe(false);
});

test('a limit is told in names: what a gateway reports stands in words of the hive', () => {
  expect(limitReport.safeParse({ ...limit, fallback: 'lab/some-chat' }).success).toBe(true);
  expect(limitReport.safeParse({ ...limit, fallback: 'lab' }).success).toBe(true);
  for (const more of [{ modelClass: 'all is well' }, { fallback: 'lab/all is well' }, { fallback: 'all is well' }])
    expect(limitReport.safeParse({ ...limit, ...more }).success).toBe(false);
});

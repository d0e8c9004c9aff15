import { expect, test } from 'vitest';
import { totalsBefore, totalsOf } from './count-usage.ts';

const given = (inputTokens: number, outputTokens = 7) => ({
  inputTokens,
  cachedInputTokens: 30,
  cacheWriteInputTokens: 20,
  outputTokens,
});

test('each token is counted once: input does not contain what the cache was read and written for', () => {
  const counted = { outputTokens: 7, cacheReadTokens: 30, cacheWriteTokens: 20, costUsd: null };
  expect(totalsOf(given(100))).toEqual({ inputTokens: 50, ...counted });
  expect(totalsOf(given(10))).toEqual({ inputTokens: 0, ...counted });
});

test('a continued conversation had what its totals were before the newest request', () => {
  const before = { outputTokens: 2, cacheReadTokens: 0, cacheWriteTokens: 0, costUsd: null };
  expect(totalsBefore({ total: given(150), last: given(100, 5) })).toEqual({ inputTokens: 50, ...before });
});

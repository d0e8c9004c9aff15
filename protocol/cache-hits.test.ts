import { expect, test } from 'vitest';
import { cacheHits } from './cache-hits.ts';
import { NO_STATS } from './schemas/stats.ts';

test('cache hits are a part of the prompts', () => {
  expect(cacheHits(NO_STATS)).toBeNull();
  expect(cacheHits({ ...NO_STATS, inputTokens: 10, cacheReadTokens: 70, cacheWrite5mTokens: 20 })).toBe(0.7);
});

import { expect, test } from 'vitest';
import { NO_STATS } from '../../../../protocol/schemas/stats.ts';
import { stackTokens } from './stack-tokens.ts';

test('tokens are stacked by kind, with a zero for a day without a turn; a kind without tokens has no series', () => {
  const sum = { ...NO_STATS, cacheReadTokens: 60, cacheWrite5mTokens: 10, cacheWrite1hTokens: 20, outputTokens: 5 };
  const days = ['2026-11-26', '2026-11-27', '2026-11-28'];
  expect(stackTokens({ days, rows: [{ key: '2026-11-27', ...sum }], total: sum })).toEqual([
    { label: 'read from the cache', values: [0, 60, 0], total: 60, isOthers: false },
    { label: 'written to the cache', values: [0, 30, 0], total: 30, isOthers: false },
    { label: 'output', values: [0, 5, 0], total: 5, isOthers: false },
  ]);
});

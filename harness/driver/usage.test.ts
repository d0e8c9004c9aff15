import { expect, test } from 'vitest';
import { usageSince } from './usage.ts';

const totals = (input: number, costUsd: number | null) => ({
  inputTokens: input,
  outputTokens: input,
  cacheReadTokens: 0,
  cacheWriteTokens: 0,
  costUsd,
});

test('a turn’s usage is the difference of running totals', () => {
  expect(usageSince(null, totals(5, 1))).toEqual(totals(5, 1));
  expect(usageSince(totals(5, 1), totals(8, 1.5))).toEqual(totals(3, 0.5));
  expect(usageSince(totals(5, null), totals(8, null))).toEqual(totals(3, null));
});

test('totals that decreased were reset', () => {
  expect(usageSince(totals(50, 1), totals(8, 0.1))).toEqual(totals(8, 0.1));
});

import { expect, test } from 'vitest';
import { priceCall } from '../../pricing.ts';
import { EMPTY_TALLY } from '../tally.ts';
import { findPrice } from './prices.ts';

const cost = (model: string, tokens: object) =>
  priceCall({ ...EMPTY_TALLY.tokens, ...tokens }, { model, prices: findPrice });

test('a call costs what its tokens cost, the cache by its own prices', () => {
  const tokens = { input: 100_000, cacheRead: 100_000, cacheWrite5m: 40_000, output: 10_000, reasoning: 9_000 };
  // 2, 0.1, 2.5 and 10 dollars a million.
  expect(cost('gpt-6.2-sol', tokens)).toBeCloseTo(0.2 + 0.01 + 0.1 + 0.1, 12);
});

test('over 272,000 tokens of prompt, the cached ones included, the whole call costs more', () => {
  const tokens = { input: 72_000, cacheRead: 200_000, output: 1_000 };
  expect(cost('gpt-6.1-terra', tokens)).toBeCloseTo(0.072 + 0.01 + 0.005, 12);
  expect(cost('gpt-6.1-terra', { ...tokens, input: 72_001 })).toBeCloseTo(0.144_002 + 0.02 + 0.0075, 12);
});

test('a dated version has the price of its model; a model that is not in the list has none', () => {
  expect(findPrice('gpt-6-luna-2026-09-22')).toEqual(findPrice('gpt-6-luna'));
  expect(['gpt-6', 'gpt-6-luna-pro', 'gpt-6.2-sol-fast', 'deepseek-chat'].map(findPrice)).toEqual([null, null, null, null]); // prettier-ignore
});

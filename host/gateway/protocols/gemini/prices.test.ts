import { expect, test } from 'vitest';
import { priceCall } from '../../pricing.ts';
import { EMPTY_TALLY } from '../tally.ts';
import { findPrice } from './prices.ts';

test('a call costs what its tokens cost; thoughts are output', () => {
  const tokens = { ...EMPTY_TALLY.tokens, input: 100_000, cacheRead: 400_000, output: 10_000, reasoning: 8_000 };
  expect(priceCall(tokens, { model: 'gemini-4-neon', prices: findPrice })).toBeCloseTo(0.3 + 0.06 + 0.15, 12);
});

test('a numbered version has the price of its model; a model that is not in the list has none', () => {
  expect(findPrice('gemini-4-hydrogen-001')).toEqual(findPrice('gemini-4-hydrogen'));
  expect(['gemini-4', 'gemini-4-neon-image', 'gemini-3.8-flash'].map(findPrice)).toEqual([null, null, null]);
});

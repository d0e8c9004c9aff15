import { describe, expect, test } from 'vitest';
import { priceCall as priceOf } from '../../pricing.ts';
import type { CountedTokens } from '../tally.ts';
import { findPrice } from './prices.ts';

const priceCall = (model: string, tokens: CountedTokens) => priceOf(tokens, { model, prices: findPrice });

const million = { input: 1e6, output: 1e6, cacheRead: 1e6, cacheWrite5m: 1e6, cacheWrite1h: 1e6, reasoning: 0 };
const nothing = { input: 0, output: 0, cacheRead: 0, cacheWrite5m: 0, cacheWrite1h: 0, reasoning: 0 };

describe('priceCall', () => {
  test.each([
    ['claude-opus-4-8', 5 + 25 + 0.5 + 6.25 + 10],
    ['claude-opus-4-1-20250805', 15 + 75 + 1.5 + 18.75 + 30],
    ['claude-opus-4-20250514', 15 + 75 + 1.5 + 18.75 + 30],
    ['claude-sonnet-4-5-20250929', 3 + 15 + 0.3 + 3.75 + 6],
    ['claude-sonnet-4-5[1m]', 3 + 15 + 0.3 + 3.75 + 6],
    ['claude-haiku-4-5-20251001', 1 + 5 + 0.1 + 1.25 + 2],
    ['claude-3-5-haiku-latest', 0.8 + 4 + 0.08 + 1 + 1.6],
    ['claude-3-haiku-20240307', 0.25 + 1.25 + 0.03 + 0.3 + 0.5],
  ])('%s costs its list price', (model, usd) => {
    expect(priceCall(model, million)).toBeCloseTo(usd, 9);
  });

  test('a newer member of a family has no known price', () => {
    expect(priceCall('claude-opus-5-9', million)).toBeNull();
    expect(priceCall('claude-opus-4-10', million)).toBeNull();
    expect(priceCall('unknown', million)).toBeNull();
  });

  test('a long prompt changes the price of the whole call', () => {
    const short = { ...nothing, input: 50_000, cacheRead: 50_000, output: 1_000 };
    expect(priceCall('claude-haiku-5-5', short)).toBeCloseTo((50_000 * 0.1 + 50_000 * 0.01 + 1_000 * 0.5) / 1e6, 12);
    const long = { ...short, cacheRead: 50_001 };
    expect(priceCall('claude-haiku-5-5', long)).toBeCloseTo((50_000 * 0.5 + 50_001 * 0.05 + 1_000 * 2.5) / 1e6, 12);
  });

  test('zero tokens cost nothing, whatever the model', () => {
    expect(priceCall('unknown', nothing)).toBe(0);
  });
});

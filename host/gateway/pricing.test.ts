import { expect, test } from 'vitest';
import { priceOf } from './fixtures/prices.ts';
import { createPriceBook, priceAtLeast, priceCall, type PriceList } from './pricing.ts';
import { EMPTY_TALLY } from './protocols/tally.ts';

const none = { reasoning: null, audioInput: null, imageOutput: null };
const LONG = { input: 4, output: 15, cacheRead: 0.4, cacheWrite5m: 5, cacheWrite1h: 8, ...none };
const book = createPriceBook([
  priceOf('openai', 'plain', { input: 2, output: 10 }),
  priceOf('openai', 'long', { input: 2, output: 10, longPrompt: { over: 100_000, ...LONG } }),
  priceOf('openai', 'rich', { input: 2, output: 10, reasoning: 4, audioInput: 6, imageOutput: 30, webSearches: 10 }),
  { ...priceOf('lab', 'qwen*', { input: 0.1, output: 0.3 }), origin: 'own' },
]);
const price = (prices: PriceList) => (model: string, tokens: object) =>
  priceCall({ ...EMPTY_TALLY.tokens, ...tokens }, { model, prices });
const cost = price(book.of({ provider: 'openai', kind: 'openai' }));
const labCost = price(book.of({ provider: 'lab', kind: 'openai-compatible' }));
const denCost = price(book.of({ provider: 'den', kind: 'openai-compatible' }));

test('a call costs what its tokens cost, the cache by kind and lifetime, reasoning as output', () => {
  const tokens = { input: 1e6, output: 1e6, cacheRead: 1e6, cacheWrite5m: 1e6, cacheWrite1h: 1e6, reasoning: 9e5 };
  expect(cost('plain', tokens)).toBe(2 + 10 + 0.2 + 2.5 + 4);
});

test('sums are exact, also of prices that no binary fraction is', () => {
  expect(labCost('qwen-3', { input: 3 })).toBe(0.0000003);
  expect(labCost('qwen-3', { input: 1_000_000, output: 1_000_000 })).toBe(0.4);
});

test('a long prompt, the cache included, changes the price of the whole call', () => {
  const short = { input: 50_000, cacheRead: 50_000, output: 1_000 };
  expect(cost('long', short)).toBe(0.1 + 0.01 + 0.01);
  expect(cost('long', { ...short, cacheRead: 50_001 })).toBe((50_000 * 4 + 50_001 * 0.4 + 1_000 * 15) / 1e6);
});

test('sound, pictures, reasoning and searches have prices of their own, and without one the cost is unknown', () => {
  const tokens = { input: 10, audioInput: 4, output: 100, reasoning: 20, imageOutput: 50, webSearches: 3 };
  expect(cost('rich', tokens)).toBe((6 * 2 + 4 * 6 + 30 * 10 + 20 * 4 + 50 * 30 + 3 * 10_000) / 1e6);
  for (const special of [{ audioInput: 4 }, { imageOutput: 1 }, { webSearches: 1 }])
    expect(cost('plain', { input: 10, output: 10, ...special })).toBeNull();
  // For budgets.
  const atLeast = (model: string) =>
    priceAtLeast(
      { ...EMPTY_TALLY.tokens, ...tokens },
      { model, prices: book.of({ provider: 'openai', kind: 'openai' }) },
    );
  expect([atLeast('plain'), atLeast('unknown')]).toEqual([(10 * 2 + 100 * 10) / 1e6, null]);
});

test('a compatible provider has the prices of its name, and none of another', () => {
  expect(labCost('qwen-3', { output: 10 })).toBe(0.000003);
  expect(denCost('qwen-3', { output: 10 })).toBeNull();
  expect(labCost('plain', { output: 10 })).toBeNull();
});

test('nothing counted is nothing paid, whatever the model', () => {
  expect(cost('unknown', {})).toBe(0);
});

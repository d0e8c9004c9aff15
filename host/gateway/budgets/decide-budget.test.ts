import { expect, test } from 'vitest';
import { type Amounts, type BudgetFacts, decideBudget, exceeds } from './decide-budget.ts';

const budget: BudgetFacts = {
  id: 1,
  window: 0,
  unit: 'usd',
  amount: 1,
  settled: 0,
  reserved: 0,
  running: 0,
  words: 'Used up.',
};
const input: Amounts = { usd: 0.1, tokens: 100, requests: 1 };

test.each<[string, Partial<BudgetFacts>, 'allow' | 'wait' | 'refuse']>([
  ['nothing is used', {}, 'allow'],
  ['the request itself just fits', { settled: 0.9 }, 'allow'],
  ['what is left does not carry the request', { settled: 0.95 }, 'refuse'],
  ['all is used', { settled: 1 }, 'refuse'],
  ['more than all is used', { settled: 1.2 }, 'refuse'],
  ['something is left beside what is reserved', { reserved: 0.99 }, 'allow'],
  ['all is reserved', { reserved: 1 }, 'wait'],
  ['all is used or reserved', { settled: 0.5, reserved: 0.5 }, 'wait'],
  ['calls under way have used the rest', { settled: 0.5, running: 0.5, reserved: 0.6 }, 'refuse'],
  ['there are requests left', { unit: 'requests', amount: 5, settled: 4 }, 'allow'],
  ['the requests are used', { unit: 'requests', amount: 5, settled: 5 }, 'refuse'],
  ['the tokens do not carry the request', { unit: 'tokens', amount: 1_000, settled: 950 }, 'refuse'],
])('when %s', (_, facts, expected) => {
  expect(decideBudget([{ ...budget, ...facts }], input).do).toBe(expected);
});

test('one budget that refuses is enough, whatever others would wait for; no budget allows everything', () => {
  const waits = { ...budget, id: 2, reserved: 2 };
  const over = { ...budget, id: 3, settled: 2 };
  expect(decideBudget([budget, waits], input)).toEqual({ do: 'wait' });
  expect(decideBudget([waits, over], input)).toMatchObject({ do: 'refuse', budget: { id: 3 }, words: 'Used up.' });
  expect(decideBudget([], input)).toEqual({ do: 'allow' });
});

test('a model without a known price is refused under a budget in dollars, and not under one in tokens', () => {
  const unpriced = { ...input, usd: null };
  expect(decideBudget([budget], unpriced)).toMatchObject({
    do: 'refuse',
    words: expect.stringContaining('No price') as string,
  });
  expect(decideBudget([{ ...budget, unit: 'tokens', amount: 1_000 }], unpriced).do).toBe('allow');
});

test('calls under way break a budget when they have used more than it has', () => {
  expect(exceeds({ ...budget, settled: 0.9, running: 0.1 })).toBe(false);
  expect(exceeds({ ...budget, settled: 0.9, running: 0.11 })).toBe(true);
});

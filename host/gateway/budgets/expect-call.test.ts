import { expect, test } from 'vitest';
import type { AgentName } from '../../../protocol/names.ts';
import { priceOf } from '../fixtures/prices.ts';
import { createExpectations } from './expect-call.ts';

const { price: sonnet } = priceOf('lab', 'm', { input: 3, output: 15 });
const price = { ...sonnet, isOwn: true };
const scout = 'scout' as AgentName;
const call = { agent: scout, model: 'm', bytes: 40_000, maxTokens: 1_000, prices: () => price };

test('a first call is expected by its size, its limit of output and the list', () => {
  const { input, whole } = createExpectations().expect(call);
  expect(input).toEqual({ usd: 0.03, tokens: 10_000, requests: 1 });
  expect(whole.tokens).toBe(11_000);
  expect(whole.usd).toBeCloseTo(0.045);
});

test('a later one by what earlier requests used for each byte, of that agent and model alone', () => {
  const expectations = createExpectations();
  expectations.learn(call, { usd: 0.004, tokens: 8_000 });
  const { input } = expectations.expect({ ...call, bytes: 80_000 });
  expect(input.usd).toBeCloseTo(0.0088);
  expect(input.tokens).toBe(17_600);
  expect(expectations.expect({ ...call, model: 'other' }).input.tokens).toBe(10_000);
  expectations.keep(new Set());
  expect(expectations.expect(call).input.tokens).toBe(10_000);
});

test('a model without a price has no expected cost, and a request without a limit is expected to have one', () => {
  const { input, whole } = createExpectations().expect({ ...call, maxTokens: null, prices: () => null });
  expect(input.usd).toBeNull();
  expect(whole).toEqual({ usd: null, tokens: 18_192, requests: 1 });
});

test.each([
  [0.5, 1],
  [99.5, 100],
  [-1e9, 8_192],
  [0, 8_192],
  [1e308, 10_000_000],
  [Number.POSITIVE_INFINITY, 10_000_000],
])('a limit of %d tokens, which no provider takes, is expected as a whole number of tokens', (maxTokens, output) => {
  expect(createExpectations().expect({ ...call, maxTokens }).whole.tokens).toBe(10_000 + output);
});

test('what is learned is bounded: a provider may take any name for a model', () => {
  const expectations = createExpectations();
  const called = (model: string) => ({ ...call, model });
  for (let n = 0; n <= 1_000; n += 1) expectations.learn(called(`model-${n}`), { usd: 0, tokens: 40_000 });
  expect(expectations.expect(called('model-0')).input.tokens).toBe(10_000);
  expect(expectations.expect(called('model-1')).input.tokens).toBe(44_000);
});

import { expect, test } from 'vitest';
import { findPrice } from './find-price.ts';
import type { ProviderName } from './providers.ts';
import { modelPrice, type PriceRow, priceRow } from './schemas/price.ts';

const rates = { input: 1, output: 2, cacheRead: 1, cacheWrite5m: 1, cacheWrite1h: 1 };
const row = (provider: string, models: string, origin: PriceRow['origin'] = 'shipped'): PriceRow => ({
  provider: provider as ProviderName,
  models,
  origin,
  asOf: null,
  source: null,
  price: modelPrice.parse(rates),
});
const rows = [
  row('openai', 'gpt-6'),
  row('openai', 'gpt-6-luna'),
  row('openai-compatible', '*', 'own'),
  row('lab', 'qwen-*', 'own'),
  row('lab', 'qwen-3-*', 'own'),
  row('lab', 'qwen-3-coder', 'own'),
  row('openai', 'gpt-6.1*', 'own'),
  row('openai', 'gpt-6.1-sol'),
];
const found = (provider: string, kind: 'openai' | 'openai-compatible', model: string) => {
  const price = findPrice(rows, { provider, kind, model });
  return price === null ? null : `${price.provider}/${price.models}`;
};

test('a row is for its model and the versions of it, and for no other member of the family', () => {
  const versions = ['gpt-6', 'gpt-6-2026-09-22', 'gpt-6-20260922', 'gpt-6-001', 'gpt-6-latest', 'gpt-6[1m]'];
  for (const model of [...versions, 'gpt-6-20260922[1m]'])
    expect(found('openai', 'openai', model)).toBe('openai/gpt-6');
  expect(found('openai', 'openai', 'gpt-6-luna')).toBe('openai/gpt-6-luna');
  for (const model of ['gpt-6-pro', 'gpt-6.2', 'gpt', 'gpt-60', 'xgpt-6', 'gpt-6-latest-fast', 'gpt-6[say this]', ''])
    expect(found('openai', 'openai', model)).toBeNull();
});

test('a provider goes before its kind, a name before a beginning, the longer beginning before the shorter', () => {
  expect(found('lab', 'openai-compatible', 'qwen-3-coder')).toBe('lab/qwen-3-coder');
  expect(found('lab', 'openai-compatible', 'qwen-3-coder-next')).toBe('lab/qwen-3-*');
  expect(found('lab', 'openai-compatible', 'qwen-2')).toBe('lab/qwen-*');
  expect(found('lab', 'openai-compatible', 'llama')).toBe('openai-compatible/*');
  expect(found('second', 'openai', 'gpt-6')).toBe('openai/gpt-6');
});

test("the hive's own list goes before the shipped one, also with a beginning against a name", () => {
  expect(found('openai', 'openai', 'gpt-6.1-sol')).toBe('openai/gpt-6.1*');
});

test.each(['a b', '*x', '', 'x**', '-x'])('"%s" names no models', (models) => {
  expect(priceRow.safeParse(row('lab', models)).success).toBe(false);
});

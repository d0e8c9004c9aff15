import { expect, test } from 'vitest';
import { findPrice } from '../../../protocol/find-price.ts';
import { PROVIDER_KIND_NAMES, type ProviderKind } from '../../../protocol/providers.ts';
import { priceRow } from '../../../protocol/schemas/price.ts';
import { parsePrices, shippedPrices } from './parse-prices.ts';

const shipped = shippedPrices();
const of = (kind: ProviderKind, model: string) => findPrice(shipped, { provider: kind, kind, model })?.price ?? null;

test('every price of the shipped list is dated, names its source, and is for a kind of providers', () => {
  expect(shipped.length).toBeGreaterThan(30);
  for (const row of shipped) {
    expect(priceRow.parse(row)).toEqual(row);
    expect(PROVIDER_KIND_NAMES).toContain(row.provider);
    expect([row.asOf, row.source]).toEqual([expect.stringMatching(/^20\d\d-\d\d-\d\d$/), expect.any(String)]);
  }
});

test.each<[ProviderKind, string, number[]]>([
  ['anthropic', 'claude-opus-4-8', [5, 25, 0.5, 6.25, 10]],
  ['anthropic', 'claude-opus-4-1-20250805', [15, 75, 1.5, 18.75, 30]],
  ['anthropic', 'claude-opus-4-20250514', [15, 75, 1.5, 18.75, 30]],
  ['anthropic', 'claude-sonnet-4-5[1m]', [3, 15, 0.3, 3.75, 6]],
  ['anthropic', 'claude-3-5-haiku-latest', [0.8, 4, 0.08, 1, 1.6]],
  ['anthropic', 'claude-3-haiku-20240307', [0.25, 1.25, 0.03, 0.3, 0.5]],
  ['openai', 'gpt-6.2-sol', [2, 10, 0.1, 2.5, 4]],
  ['openai', 'gpt-6-luna-2026-09-22', [0.1, 0.5, 0.01, 0.125, 0.2]],
  ['gemini', 'gemini-4-hydrogen-001', [1.5, 7.5, 0.075, 0, 0]],
])('%s: %s costs its list price', (kind, model, prices) => {
  const { input, output, cacheRead, cacheWrite5m, cacheWrite1h } = of(kind, model) ?? {};
  expect([input, output, cacheRead, cacheWrite5m, cacheWrite1h]).toEqual(prices);
});

test('long prompts have prices of their own where the provider has them, searches where it names one', () => {
  expect(of('openai', 'gpt-6.1-terra')?.longPrompt).toMatchObject({ over: 272_000, input: 2, output: 7.5 });
  expect(of('anthropic', 'claude-haiku-5-5')?.longPrompt).toMatchObject({ over: 100_000, input: 0.5, cacheRead: 0.05 });
  expect([of('anthropic', 'claude-opus-5')?.webSearches, of('gemini', 'gemini-4-neon')?.webSearches]).toEqual([10, 14]);
});

test('tiers multiply prices: those of a whole list, and those of a model', () => {
  expect(of('anthropic', 'claude-opus-5-5')?.tiers).toEqual({ us: 1.1, fast: 2 });
  expect(of('anthropic', 'claude-haiku-4-5')?.tiers).toEqual({ us: 1.1 });
  expect([of('openai', 'gpt-6-astra')?.tiers, of('openai', 'gpt-6-luna')?.tiers]).toEqual([{ ultrafast: 6 }, {}]);
  const [row] = parse(
    'providers: { lab: { tiers: { a: 2, b: 3 }, models: { x: { input: 1, output: 2, tiers: { b: 0.5 } } } } }',
  );
  expect(row?.price.tiers).toEqual({ a: 2, b: 0.5 });
});

test('a newer member of a family, another name and a compatible provider have no known price', () => {
  for (const model of ['claude-opus-5-9', 'claude-opus-4-10', 'unknown']) expect(of('anthropic', model)).toBeNull();
  for (const model of ['gpt-6', 'gpt-6-luna-pro', 'gpt-6.2-sol-fast']) expect(of('openai', model)).toBeNull();
  for (const model of ['gemini-4', 'gemini-4-neon-image']) expect(of('gemini', model)).toBeNull();
  expect(of('anthropic-compatible', 'claude-opus-4-8')).toBeNull();
});

const parse = (text: string) => parsePrices(text, { file: '/hive/prices.yaml', origin: 'own' });

test('without prices of its own the cache costs as much as input', () => {
  const [row] = parse('providers: { lab: { models: { "qwen*": { input: 0.2, output: 0.6, cache_write_5m: 0.3 } } } }');
  expect(row).toMatchObject({ provider: 'lab', models: 'qwen*', origin: 'own', asOf: null, source: null });
  expect(row?.price).toMatchObject({ cacheRead: 0.2, cacheWrite5m: 0.3, cacheWrite1h: 0.3, reasoning: null });
  expect(parse('')).toEqual([]);
});

test.each([
  ['providers: [', /at line 1/],
  ['lab: {}', /unknown key "lab" \(did you mean "providers"\?\)/],
  [
    'providers: { lab: { models: { x: { input: 1, output: 2, cache: 3 } } } }',
    /"providers\.lab\.models\.x\.cache" \(did/,
  ],
  ['providers: { lab: { models: { x: { input: 1 } } } }', /providers\.lab\.models\.x\.output/],
  ['providers: { lab: { models: { x: { input: -1, output: 2 } } } }', /providers\.lab\.models\.x\.input: /],
  ['providers: { lab: { models: { x: { input: "1", output: 2 } } } }', /providers\.lab\.models\.x\.input: /],
  ['providers: { lab: { models: { x: { input: 0.0000001, output: 2 } } } }', /at most 6 digits after the point/],
  ['providers: { Lab: { models: {} } }', /providers\.Lab: a provider's name/],
  ['providers: { lab: { models: { "*x": { input: 1, output: 2 } } } }', /must be a model's name, or the beginning/],
  [
    `providers: { lab: { models: { ${'x'.repeat(129)}: { input: 1, output: 2 } } } }`,
    /must be a model's name, or the beginning/,
  ],
  ['providers: { lab: { models: { "a**": { input: 1, output: 2 } } } }', /must be a model's name/],
  ['providers: { lab: { models: { "a b": { input: 1, output: 2 } } } }', /must be a model's name/],
  ['providers: { lab: { tiers: { Fast: 2 }, models: {} } }', /must be the name of a tier, like "priority"/],
  ['providers: { lab: { tiers: { fast: 0 }, models: {} } }', /lab\.tiers\.fast: /],
  ['providers: { lab: { tiers: { fast: 1.00001 }, models: {} } }', /at most 3 digits after the point/],
  ['providers: { lab: { as_of: yesterday, models: {} } }', /must be a date like/],
  ['providers: { lab: { models: {}, models: {} } }', /unique/],
])('%s is refused with its place', (text, problem) => {
  expect(() => parse(text)).toThrow(
    expect.objectContaining({ code: 'config_invalid', message: expect.stringMatching(problem) }),
  );
  expect(() => parse(text)).toThrow(/^\/hive\/prices\.yaml is not valid: /);
});

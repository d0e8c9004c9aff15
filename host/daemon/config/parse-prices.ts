import * as z from 'zod';
import {
  type ModelPrice,
  pricedModels,
  type PriceRow,
  rate,
  tierFactor,
  tierName,
  type TokenRates,
} from '../../../protocol/schemas/price.ts';
import { providerName } from '../../../protocol/schemas/provider.ts';
import { parseYaml } from './parse-yaml.ts';
import SHIPPED from './prices.yaml?raw';

/** Dollars per million tokens. The cache costs as much as input unless it has prices of its own. */
const rates = z.strictObject({
  input: rate,
  output: rate,
  cache_read: rate.optional(),
  cache_write_5m: rate.optional(),
  cache_write_1h: rate.optional(),
  reasoning: rate.optional(),
  audio_input: rate.optional(),
  image_output: rate.optional(),
});

const tiers = z.record(tierName, tierFactor);

const providerPrices = z.strictObject({
  as_of: z.iso.date({ error: 'must be a date like 2026-11-21' }).optional(),
  source: z.string().min(1).max(500).optional(),
  web_searches: rate.optional(),
  tiers: tiers.optional(),
  models: z.record(
    pricedModels,
    rates.extend({
      web_searches: rate.optional(),
      tiers: tiers.optional(),
      long_prompt: rates.extend({ over: z.int().positive() }).optional(),
    }),
  ),
});

const priceFile = z.strictObject({ providers: z.record(providerName, providerPrices).default({}) });

/** The list that is part of this version. */
export function shippedPrices(): PriceRow[] {
  return parsePrices(SHIPPED, { file: 'prices.yaml of this version', origin: 'shipped' });
}

/** Parses a list of prices. Throws `config_invalid` with a clause for each problem. */
export function parsePrices(text: string, { file, origin }: { file: string; origin: PriceRow['origin'] }): PriceRow[] {
  const { providers } = parseYaml(priceFile, { text, file }).data;
  return Object.entries(providers).flatMap(([name, { as_of: asOf, source, web_searches, tiers: ofAll, models }]) =>
    Object.entries(models).map(([pattern, given]): PriceRow => {
      const { long_prompt: long, tiers: own, ...usual } = given;
      const price: ModelPrice = {
        ...readRates(usual),
        webSearches: given.web_searches ?? web_searches ?? null,
        tiers: { ...ofAll, ...own },
        longPrompt: long === undefined ? null : { over: long.over, ...readRates(long) },
      };
      const provider = providerName.parse(name);
      return { provider, models: pattern, origin, asOf: asOf ?? null, source: source ?? null, price };
    }),
  );
}

function readRates(given: z.output<typeof rates>): TokenRates {
  const { input, output } = given;
  return {
    input,
    output,
    cacheRead: given.cache_read ?? input,
    cacheWrite5m: given.cache_write_5m ?? input,
    cacheWrite1h: given.cache_write_1h ?? given.cache_write_5m ?? input,
    reasoning: given.reasoning ?? null,
    audioInput: given.audio_input ?? null,
    imageOutput: given.image_output ?? null,
  };
}

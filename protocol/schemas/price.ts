import * as z from 'zod';
import { modelName } from './model.ts';
import { providerName } from './provider.ts';

/** Prices are counted exactly: in whole millionths of a dollar per million tokens. */
const EXACT = 1_000_000;

/** A price in US dollars. */
export const rate = z
  .number()
  .min(0)
  .max(100_000)
  .refine((usd) => Math.abs(usd * EXACT - Math.round(usd * EXACT)) < 1e-6, {
    error: 'a price has at most 6 digits after the point',
  });

/** What tokens cost, in US dollars per million. */
export const tokenRates = z.strictObject({
  input: rate,
  output: rate,
  cacheRead: rate,
  /** Written to the cache for five minutes, and for an hour. */
  cacheWrite5m: rate,
  cacheWrite1h: rate,
  /** Of the output that is reasoning; null: as other output. */
  reasoning: rate.nullable().default(null),
  /** Of sound in a prompt, and of pictures in an answer; null: not known. Pictures in a prompt are input. */
  audioInput: rate.nullable().default(null),
  imageOutput: rate.nullable().default(null),
});
export type TokenRates = z.infer<typeof tokenRates>;

/** The name of a tier (a faster one, a region), as answers name it. */
export const tierName = z
  .string()
  .max(40)
  .regex(/^[a-z][a-z0-9_-]*$/, { error: 'must be the name of a tier, like "priority"' });

/** By how much a tier multiplies the prices of tokens. */
export const tierFactor = z
  .number()
  .positive()
  .max(100)
  .refine((factor) => Math.abs(factor * 1_000 - Math.round(factor * 1_000)) < 1e-6, {
    error: 'has at most 3 digits after the point',
  });

export const modelPrice = tokenRates.extend({
  /** US dollars for a thousand searches that the provider makes for a model; null: not known. */
  webSearches: rate.nullable().default(null),
  /** What holds for the whole call when its prompt (cache included) is longer than this many tokens. */
  longPrompt: tokenRates.extend({ over: z.int().positive() }).nullable().default(null),
  /** Tiers beside the usual one. A call in several costs the product. */
  tiers: z.record(tierName, tierFactor).default({}),
});
export type ModelPrice = z.infer<typeof modelPrice>;

/** The models that a price is for: a name, with its versions; or the beginning of names, with "*" behind it. */
export const pricedModels = z
  .string()
  .refine((text) => text === '*' || modelName.safeParse(text.replace(/\*$/, '')).success, {
    error: 'must be a model\'s name, or the beginning of names with "*" behind it',
  });

/** A price, and which calls it is for. */
export const priceRow = z.strictObject({
  /** A provider's name, or a kind of providers. */
  provider: providerName,
  models: pricedModels,
  /** The list that is part of this version, or the hive's own. */
  origin: z.enum(['shipped', 'own']),
  /** As of this date, by this source; null where the hive's own list does not say. */
  asOf: z.string().nullable(),
  source: z.string().nullable(),
  price: modelPrice,
});
export type PriceRow = z.infer<typeof priceRow>;

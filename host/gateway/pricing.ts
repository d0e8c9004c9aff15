import { findPrice, isOneModel } from '../../protocol/find-price.ts';
import type { ProviderKind } from '../../protocol/providers.ts';
import type { ModelPrice, PriceRow, TokenRates } from '../../protocol/schemas/price.ts';
import type { CountedTokens, Tally } from './protocols/tally.ts';

/** A model's price. */
export type Price = ModelPrice & {
  /** It is for this model by its name, and not for all whose names begin alike. */
  readonly isOwn: boolean;
};

/** The price of a model by its name; null when it is not known. */
export type PriceList = (model: string) => Price | null;

/** The prices that hived sent, for each provider. */
export interface PriceBook {
  of(provider: { provider: string; kind: ProviderKind | null }): PriceList;
}

/** Of no model. */
export const NO_PRICES: PriceList = () => null;

export function createPriceBook(rows: readonly PriceRow[]): PriceBook {
  return {
    of(provider) {
      /** A list is for one call, which asks for its model at each piece of its answer. */
      let last: { readonly model: string; readonly price: Price | null } | null = null;
      return (model) => {
        if (last?.model === model) return last.price;
        const row = findPrice(rows, { ...provider, model });
        last = { model, price: row === null ? null : { ...row.price, isOwn: isOneModel(row) } };
        return last.price;
      };
    },
  };
}

/** A call's model, with the prices of who answered it, and the tiers beside the usual one that it was served in. */
export interface Priced {
  readonly model: string;
  readonly prices: PriceList;
  readonly tiers?: readonly string[];
}

/** What an answer cost, as `price` counts: its own model's tokens, and each other model's at that one's price. */
export function priceTally(
  { tokens, others = [] }: Pick<Tally, 'tokens' | 'others'>,
  priced: Priced,
  price: typeof priceCall = priceCall,
): number | null {
  let sum = price(tokens, priced);
  for (const other of others) {
    const cost = price(other.tokens, { ...priced, model: other.model ?? priced.model });
    // What budgets count at least is more than nothing, as long as the answering model has a price.
    const counted = cost ?? (price === priceAtLeast ? priceAtLeast(other.tokens, priced) : null);
    sum = sum === null || counted === null ? null : sum + counted;
  }
  return sum;
}

/**
 * What a call cost in US dollars; null when the model's price is not known, or that of something it used. Nothing counted
 * is nothing paid.
 */
export function priceCall(tokens: CountedTokens, { model, prices, tiers = [] }: Priced): number | null {
  const found = isNothing(tokens) ? null : prices(model);
  if (found === null) return isNothing(tokens) ? 0 : null;
  const { audioInput = 0, imageOutput = 0, webSearches = 0 } = tokens;
  const rate = rateFor(tokens, found);
  const isUnknown =
    (audioInput > 0 && rate.audioInput === null) ||
    (imageOutput > 0 && rate.imageOutput === null) ||
    (webSearches > 0 && found.webSearches === null);
  const isPriced = tiers.every((tier) => factorOf(found, tier) !== null);
  return isUnknown || !isPriced ? null : sumUp(tokens, found, tiers);
}

/**
 * What budgets count of a call whose cost is not known: sound and pictures that have no price as other tokens, searches
 * without a price as nothing, a tier without a price as the dearest that the list has for the model. Null when the
 * model's price is not known.
 */
export function priceAtLeast(tokens: CountedTokens, { model, prices, tiers = [] }: Priced): number | null {
  const found = prices(model);
  return found === null ? null : sumUp(tokens, found, tiers);
}

/** By how much a tier multiplies a price; null when that is not known. */
export function factorOf({ tiers }: Pick<Price, 'tiers'>, tier: string): number | null {
  return Object.hasOwn(tiers, tier) ? (tiers[tier] ?? null) : null;
}

function isNothing({ input, output, cacheRead, cacheWrite5m, cacheWrite1h, webSearches = 0 }: CountedTokens): boolean {
  return input + output + cacheRead + cacheWrite5m + cacheWrite1h + webSearches === 0;
}

function rateFor({ input, cacheRead, cacheWrite5m, cacheWrite1h }: CountedTokens, price: Price): TokenRates {
  const { longPrompt } = price;
  const prompt = input + cacheRead + cacheWrite5m + cacheWrite1h;
  return longPrompt !== null && prompt > longPrompt.over ? longPrompt : price;
}

/** Prices have at most six digits after the point, and are dollars for a million tokens: so sums are whole numbers. */
const EXACT = 1_000_000;

function sumUp(tokens: CountedTokens, price: Price, tiers: readonly string[]): number {
  const rate = rateFor(tokens, price);
  const { reasoning, audioInput = 0, imageOutput = 0, webSearches = 0 } = tokens;
  const sum =
    part(tokens.input - audioInput, rate.input) +
    part(audioInput, rate.audioInput ?? rate.input) +
    part(tokens.output - reasoning - imageOutput, rate.output) +
    part(reasoning, rate.reasoning ?? rate.output) +
    part(imageOutput, rate.imageOutput ?? rate.output) +
    part(tokens.cacheRead, rate.cacheRead) +
    part(tokens.cacheWrite5m, rate.cacheWrite5m) +
    part(tokens.cacheWrite1h, rate.cacheWrite1h);
  // Dollars for a thousand searches, not for a million; whatever the tier.
  const searches = part(webSearches * 1_000, price.webSearches ?? 0);
  const dearest = Math.max(1, ...Object.values(price.tiers));
  const served = tiers.reduce((product, tier) => times(product, factorOf(price, tier) ?? dearest), sum);
  return (served + searches) / (EXACT * 1_000_000);
}

/** Factors have at most three digits after the point. */
function times(sum: number, factor: number): number {
  return (sum * Math.round(factor * 1_000)) / 1_000;
}

/** A part of the sum, as a whole number. */
function part(count: number, usd: number): number {
  return count * Math.round(usd * EXACT);
}

import type { Price } from '../../pricing.ts';

/**
 * Google's list prices for the Gemini API in the standard tier, as of 2026-11-22. Source: ai.google.dev, "Pricing", as
 * two public price trackers quoted it. Only models without an announced change of their price: the introductory prices
 * of gemini-4-argon and gemini-4-carbon end with November 2026, that of gemini-3.8-flash with the year.
 *
 * A row applies to its own id and its numbered versions. Thoughts cost as much as other output. Implicit caching writes
 * for free. Not in the table, and so not in any figure: batch discounts, storage of explicit caches, grounding.
 */
const PRICES: ReadonlyMap<string, Price> = new Map(
  Object.entries({
    'gemini-4-neon': price(3, 15, 0.15),
    'gemini-4-hydrogen': price(1.5, 7.5, 0.075),
  }),
);

/** The list price of a model; null when it is not in the table. */
export function findPrice(model: string): Price | null {
  return PRICES.get(model.replace(/-\d{3}$/, '')) ?? null;
}

function price(input: number, output: number, cacheRead: number): Price {
  return { input, output, cacheRead, cacheWrite5m: 0, cacheWrite1h: 0 };
}

import type { Price } from '../../pricing.ts';

/**
 * Anthropic's list prices for its own API, as of 2026-11-21. Source: platform.claude.com/docs, "Pricing" and the pages
 * of the single models; the cache prices of the 5.5 models and Haiku 5.5's long prompts as two public price trackers
 * had recorded them on 2026-10-24.
 *
 * A row applies to its own id, alone or followed by a date, `-latest` or a context window (`claude-opus-4-8`,
 * `claude-haiku-4-5-20251001`, `claude-sonnet-4-5[1m]`), and to no other: a newer member of a family may have another
 * price. Unless a row says otherwise, a cache read costs a tenth of input, a cache write 1.25 times (5 minutes) or
 * twice (1 hour). Not in the table, and so not in any figure: batch discounts, regional surcharges, server-side tools
 * such as web search.
 */
const PRICES: ReadonlyMap<string, Price> = new Map(
  Object.entries({
    'claude-fable-5': price(10, 50),
    'claude-fable-5-1': price(10, 50, { cacheRead: 0.25 }),
    'claude-mythos-5': price(10, 50),
    'claude-mythos-5-1': price(10, 50, { cacheRead: 0.25 }),
    'claude-opus-5': price(5, 25),
    'claude-opus-5-5': price(4, 20, { cacheRead: 0.2 }),
    'claude-opus-4-8': price(5, 25),
    'claude-opus-4-7': price(5, 25),
    'claude-opus-4-6': price(5, 25),
    'claude-opus-4-5': price(5, 25),
    'claude-opus-4-1': price(15, 75),
    'claude-opus-4-0': price(15, 75),
    'claude-opus-4': price(15, 75),
    'claude-3-opus': price(15, 75),
    'claude-sonnet-5': price(2, 10),
    'claude-sonnet-5-5': price(2, 10, { cacheRead: 0.1 }),
    'claude-sonnet-4-6': price(3, 15),
    'claude-sonnet-4-5': price(3, 15),
    'claude-sonnet-4-0': price(3, 15),
    'claude-sonnet-4': price(3, 15),
    'claude-3-7-sonnet': price(3, 15),
    'claude-haiku-5-5': price(0.1, 0.5, { longPrompt: { over: 100_000, price: price(0.5, 2.5) } }),
    'claude-haiku-4-5': price(1, 5),
    'claude-3-5-haiku': price(0.8, 4),
    'claude-3-haiku': price(0.25, 1.25, { cacheRead: 0.03, cacheWrite5m: 0.3 }),
  }),
);

/** The list price of a model; null when it is not in the table. */
export function findPrice(model: string): Price | null {
  const id = model.replace(/\[[^\]]*\]$/, '').replace(/-(?:latest|\d{8})$/, '');
  return PRICES.get(id) ?? null;
}

function price(input: number, output: number, rest: Partial<Price> = {}): Price {
  return { input, output, cacheRead: input / 10, cacheWrite5m: input * 1.25, cacheWrite1h: input * 2, ...rest };
}

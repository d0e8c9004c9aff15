import type { Price } from '../../pricing.ts';
import { classOf } from './models.ts';

/**
 * OpenAI's list prices for its own API in the default service tier, as of 2026-11-22. Source: developers.openai.com,
 * pages of gpt-6.2-sol, gpt-6.1-terra and gpt-6-luna; those of the other models as public price trackers quoted them
 * (gpt-6.2-astra on 2026-11-18, gpt-6.1-sol on 2026-10-01, gpt-6-astra on 2026-09-05).
 *
 * A row applies to its own id, alone or followed by a date. Rules that those pages give for all of them: a cache write
 * costs 1.25 times input (kept for 30 minutes) or twice (12 hours; usage reports do not tell the two apart, so all are
 * counted as the former); over 272,000 tokens of prompt, input and cache cost twice and output 1.5 times for the whole
 * call. Not in the table, and so not in any figure: batch discounts, regional surcharges, server-side tools.
 */
const PRICES: ReadonlyMap<string, Price> = new Map(
  Object.entries({
    'gpt-6.2-astra': price(8, 40, 0.4),
    'gpt-6.2-sol': price(2, 10, 0.1),
    'gpt-6.1-terra': price(1, 5, 0.05),
    'gpt-6.1-sol': price(2, 10, 0.1),
    'gpt-6-astra': price(10, 50, 1),
    'gpt-6-luna': price(0.1, 0.5, 0.01),
  }),
);

/** The list price of a model; null when it is not in the table. */
export function findPrice(model: string): Price | null {
  return PRICES.get(classOf(model)) ?? null;
}

function price(input: number, output: number, cacheRead: number): Price {
  const short = { input, output, cacheRead, cacheWrite5m: input * 1.25, cacheWrite1h: input * 2 };
  const long = {
    input: input * 2,
    output: output * 1.5,
    cacheRead: cacheRead * 2,
    cacheWrite5m: short.cacheWrite5m * 2,
    cacheWrite1h: short.cacheWrite1h * 2,
  };
  return { ...short, longPrompt: { over: 272_000, price: long } };
}

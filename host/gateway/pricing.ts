import type { CountedTokens } from './protocols/tally.ts';

/** US dollars per million tokens. */
export interface Price {
  readonly input: number;
  readonly output: number;
  readonly cacheRead: number;
  /** Written to the cache for five minutes, and for an hour. */
  readonly cacheWrite5m: number;
  readonly cacheWrite1h: number;
  /** What holds for the whole call when its prompt (cache included) is longer than this many tokens. */
  readonly longPrompt?: { readonly over: number; readonly price: Price };
}

/** The price of a model by its name; null when it is not known. */
export type PriceList = (model: string) => Price | null;

/** What a call cost in US dollars; null when the model's price is not known. Nothing counted is nothing paid. */
export function priceCall(
  tokens: CountedTokens,
  { model, prices }: { model: string; prices: PriceList },
): number | null {
  const prompt = tokens.input + tokens.cacheRead + tokens.cacheWrite5m + tokens.cacheWrite1h;
  if (prompt + tokens.output === 0) return 0;
  const found = prices(model);
  if (found === null) return null;
  const { longPrompt } = found;
  const rate = longPrompt !== undefined && prompt > longPrompt.over ? longPrompt.price : found;
  const millionths =
    tokens.input * rate.input +
    tokens.output * rate.output +
    tokens.cacheRead * rate.cacheRead +
    tokens.cacheWrite5m * rate.cacheWrite5m +
    tokens.cacheWrite1h * rate.cacheWrite1h;
  return millionths / 1_000_000;
}

/** Tokens of one call, as the provider counted them: the one shape of all protocols. */
export interface CountedTokens {
  /** Read by the model, without what came from the cache or went into it. */
  readonly input: number;
  /** Written by the model, reasoning included. */
  readonly output: number;
  readonly cacheRead: number;
  /** Written to the cache for five minutes, and for an hour. */
  readonly cacheWrite5m: number;
  readonly cacheWrite1h: number;
  /** The part of `output` that was spent on reasoning, where the provider says it. */
  readonly reasoning: number;
}

/** What is known so far of a call's tokens. The provider's figures are running totals: later ones replace earlier ones. */
export interface Tally {
  /** The model that answered. */
  readonly model: string | null;
  readonly tokens: CountedTokens;
  /** A mode with other prices than the list's, or tokens that could not be counted: the call has no known price. */
  readonly unusualPrice: boolean;
}

export const EMPTY_TALLY: Tally = {
  model: null,
  tokens: { input: 0, output: 0, cacheRead: 0, cacheWrite5m: 0, cacheWrite1h: 0, reasoning: 0 },
  unusualPrice: false,
};

/** How output is guessed from its text when a stream broke off before its final count. */
const CHARS_PER_TOKEN = 4;

/** The tally of a stream that broke off: the provider bills what it wrote until then, but says how much only at the end. */
export function estimateOutput(tally: Tally, chars: number): Tally {
  const output = Math.max(tally.tokens.output, Math.ceil(chars / CHARS_PER_TOKEN));
  return { ...tally, tokens: { ...tally.tokens, output } };
}

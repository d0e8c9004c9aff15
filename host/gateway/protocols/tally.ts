/** A figure above this is no count of one call's tokens, and hived does not take it. */
export const MOST_COUNTED = 1_000_000_000;

/** Tokens of one call, as the provider counted them: the same type for all protocols. */
export interface CountedTokens {
  /** Input tokens, without those read from or written to the cache. */
  readonly input: number;
  /** Output tokens, reasoning included. */
  readonly output: number;
  readonly cacheRead: number;
  /** Written to the cache for five minutes, and for an hour. */
  readonly cacheWrite5m: number;
  readonly cacheWrite1h: number;
  /** The reasoning part of `output`, where the provider reports it. */
  readonly reasoning: number;
  /** The part of `input` that is sound, and that of `output` that is pictures; absent: none. */
  readonly audioInput?: number;
  readonly imageOutput?: number;
  /** Searches that the provider made for the model, which it charges for; absent: none. */
  readonly webSearches?: number;
}

/** The token counts of a call so far. The provider's figures are running totals: later ones replace earlier ones. */
export interface Tally {
  /** The model that answered. */
  readonly model: string | null;
  readonly tokens: CountedTokens;
  /** What other models used for the answer, and is no part of `tokens`; null: the one that answered. Absent: nothing. */
  readonly others?: readonly { readonly model: string | null; readonly tokens: CountedTokens }[];
  /** In which tiers it was served, by the field that says so: null for the usual one. What is absent was not said. */
  readonly tiers?: Readonly<Record<string, string | null>>;
  /** It used something that no list has a price for, or that could not be counted: the call has no known price. */
  readonly unusualPrice: boolean;
}

export const EMPTY_TALLY: Tally = {
  model: null,
  tokens: { input: 0, output: 0, cacheRead: 0, cacheWrite5m: 0, cacheWrite1h: 0, reasoning: 0 },
  unusualPrice: false,
};

/** All that a call used, its own model's tokens and others'. */
export function sumTokens({ tokens, others = [] }: Pick<Tally, 'tokens' | 'others'>): CountedTokens {
  return others.reduce((sum, other) => addTokens(sum, other.tokens), tokens);
}

export function addTokens(a: CountedTokens, b: CountedTokens): CountedTokens {
  const { audioInput, imageOutput, webSearches } = {
    audioInput: (a.audioInput ?? 0) + (b.audioInput ?? 0),
    imageOutput: (a.imageOutput ?? 0) + (b.imageOutput ?? 0),
    webSearches: (a.webSearches ?? 0) + (b.webSearches ?? 0),
  };
  return {
    input: a.input + b.input,
    output: a.output + b.output,
    cacheRead: a.cacheRead + b.cacheRead,
    cacheWrite5m: a.cacheWrite5m + b.cacheWrite5m,
    cacheWrite1h: a.cacheWrite1h + b.cacheWrite1h,
    reasoning: a.reasoning + b.reasoning,
    ...(audioInput === 0 ? {} : { audioInput }),
    ...(imageOutput === 0 ? {} : { imageOutput }),
    ...(webSearches === 0 ? {} : { webSearches }),
  };
}

/** Whether the provider has reported the tokens of the request. */
export function knowsInput({ tokens }: Tally): boolean {
  const { input, cacheRead, cacheWrite5m, cacheWrite1h } = tokens;
  return input + cacheRead + cacheWrite5m + cacheWrite1h > 0;
}

/** Used to estimate output tokens from the text when a stream broke off before its final count. */
const CHARS_PER_TOKEN = 4;

/** The tally of a stream that broke off: the provider bills the output until then, but reports it only at the end. */
export function estimateOutput(tally: Tally, chars: number): Tally {
  const output = Math.max(tally.tokens.output, Math.ceil(chars / CHARS_PER_TOKEN));
  return { ...tally, tokens: { ...tally.tokens, output } };
}

/** Prices in US dollars per million tokens; `cacheWrite` for the time for which the agent's CLI writes. */
export interface Rates {
  readonly input: number;
  readonly cacheRead: number;
  readonly cacheWrite: number;
  readonly output: number;
}

/** The ratios that most providers have: for a model without a known price only comparisons are right. */
export const TYPICAL_RATES: Rates = { input: 1, cacheRead: 0.1, cacheWrite: 1.25, output: 5 };

/** What a turn does beside carrying the conversation: its calls, and by how many tokens it grows, output included. */
export interface Work {
  readonly calls: number;
  readonly growth: number;
  readonly output: number;
}

/** Tokens by kind. */
export type Tokens = Record<'input' | 'cacheRead' | 'cacheWrite' | 'output', number>;
export const NO_TOKENS: Tokens = { input: 0, cacheRead: 0, cacheWrite: 0, output: 0 };

export function addTokens(a: Tokens, b: Tokens): Tokens {
  return {
    input: a.input + b.input,
    cacheRead: a.cacheRead + b.cacheRead,
    cacheWrite: a.cacheWrite + b.cacheWrite,
    output: a.output + b.output,
  };
}

export function priceTokens(tokens: Tokens, rates: Rates): number {
  const { input, cacheRead, cacheWrite, output } = tokens;
  const sum = input * rates.input + cacheRead * rates.cacheRead + cacheWrite * rates.cacheWrite + output * rates.output;
  return sum / 1_000_000;
}

/** The part of a prompt that is the same in every conversation: system prompt and tools, 17.5 KB with the default driver. */
export const BASE_TOKENS = 5_000;

/**
 * What a compaction costs, as measured with the default driver's CLI (docs/performance.md): one request, the
 * conversation with 6 KB of instructions behind it; the summary is its output. The next request is the base, 1.3 KB, and
 * the summary. The summary's length is the model's choice: assumed, within limits.
 */
const COMPACT_PROMPT_TOKENS = 1_500;
const AFTER_COMPACT_TOKENS = 330;
export function summaryTokens(context: number): number {
  return Math.round(Math.min(6_000, Math.max(1_000, context * 0.06)));
}

/** The notes that an agent writes before a fresh start, and what the fresh conversation is told: both read at its start. */
export const NOTES: Work = { calls: 1, growth: 800, output: 600 };
const HANDOVER_TOKENS = 1_600;
/** What one call reads again of what a conversation no longer has, and the output of asking for it. */
const REREAD_PER_CALL = 8_000;
const REREAD_OUTPUT = 150;
/** The part of what a turn needs that a summary leaves out. */
export const LOST_BY_SUMMARY = 0.35;

/** A turn's tokens: `warm` of the `context` tokens at its start are in the cache. Everything new is written to it once. */
export function turnTokens(context: number, warm: number, { calls, growth, output }: Work): Tokens {
  const more = Math.max(0, calls - 1);
  return {
    input: 0,
    cacheRead: warm + more * context + (growth * more) / 2,
    cacheWrite: context - warm + growth,
    output,
  };
}

/** A conversation's size, and how much of it is in the cache. */
export interface Size {
  readonly context: number;
  readonly warm: number;
}

/** Compacts: what it uses, and the conversation after it. The base stays in the cache, which the request itself warmed. */
export function compact({ context, warm }: Size): { tokens: Tokens; after: Size } {
  const summary = summaryTokens(context);
  return {
    tokens: { input: 0, cacheRead: warm, cacheWrite: context - warm + COMPACT_PROMPT_TOKENS, output: summary },
    after: { context: BASE_TOKENS + AFTER_COMPACT_TOKENS + summary, warm: BASE_TOKENS },
  };
}

/** A fresh conversation at the beginning of a turn; `isWarm`: the previous one's cache is, and with it the base. */
export function beginFresh(isWarm: boolean): Size {
  return { context: BASE_TOKENS + HANDOVER_TOKENS, warm: isWarm ? BASE_TOKENS : 0 };
}

/** The work of a turn that also reads again `tokens` that its conversation no longer has. */
export function withReread(work: Work, tokens: number): Work {
  if (tokens <= 0) return work;
  const calls = Math.ceil(tokens / REREAD_PER_CALL);
  const output = calls * REREAD_OUTPUT;
  return { calls: work.calls + calls, growth: work.growth + tokens + output, output: work.output + output };
}

export function addWork(a: Work, b: Work): Work {
  return { calls: a.calls + b.calls, growth: a.growth + b.growth, output: a.output + b.output };
}

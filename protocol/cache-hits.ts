/** The part of the prompts that came from the cache, from 0 to 1; null without any prompt. */
export function cacheHits(tokens: {
  readonly inputTokens: number;
  readonly cacheReadTokens: number;
  readonly cacheWrite5mTokens: number;
  readonly cacheWrite1hTokens: number;
}): number | null {
  const { inputTokens, cacheReadTokens, cacheWrite5mTokens, cacheWrite1hTokens } = tokens;
  const prompts = inputTokens + cacheReadTokens + cacheWrite5mTokens + cacheWrite1hTokens;
  return prompts === 0 ? null : cacheReadTokens / prompts;
}

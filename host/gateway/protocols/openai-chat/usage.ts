import { z } from 'zod';
import type { Tally } from '../tally.ts';

const count = z.number().int().nonnegative().nullish().catch(null);

/** The provider's `usage`. Another program's output: what does not fit counts as not said. */
export const reportedUsage = z.object({
  prompt_tokens: count,
  completion_tokens: count,
  prompt_tokens_details: z.object({ cached_tokens: count }).nullish().catch(null),
  completion_tokens_details: z.object({ reasoning_tokens: count }).nullish().catch(null),
});
export type ReportedUsage = z.infer<typeof reportedUsage>;

/** Takes a report in: figures are of the whole call so far. Cached tokens are part of the prompt's, reasoning of the completion's. */
export function takeUsage(tally: Tally, report: ReportedUsage): Tally {
  const prompt = report.prompt_tokens ?? 0;
  const cacheRead = Math.min(prompt, report.prompt_tokens_details?.cached_tokens ?? 0);
  const output = report.completion_tokens ?? 0;
  const reasoning = Math.min(output, report.completion_tokens_details?.reasoning_tokens ?? 0);
  // The cache is written without a price of its own.
  const tokens = { input: prompt - cacheRead, output, cacheRead, cacheWrite5m: 0, cacheWrite1h: 0, reasoning };
  return { ...tally, tokens };
}

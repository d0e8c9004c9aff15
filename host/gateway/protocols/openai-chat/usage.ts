import * as z from 'zod';
import type { Tally } from '../tally.ts';

const count = z.number().int().nonnegative().nullish().catch(null);

/** The provider's `usage`. Another program's output: a field that does not fit the schema counts as absent. */
export const reportedUsage = z.object({
  prompt_tokens: count,
  completion_tokens: count,
  prompt_tokens_details: z.object({ cached_tokens: count }).nullish().catch(null),
  completion_tokens_details: z.object({ reasoning_tokens: count }).nullish().catch(null),
});
export type ReportedUsage = z.infer<typeof reportedUsage>;

/**
 * Replaces the tally's figures by a report's, which are totals of the call so far. Cached tokens are part of the
 * prompt's, reasoning tokens of the completion's.
 */
export function takeUsage(tally: Tally, report: ReportedUsage): Tally {
  const prompt = report.prompt_tokens ?? 0;
  const cacheRead = Math.min(prompt, report.prompt_tokens_details?.cached_tokens ?? 0);
  const output = report.completion_tokens ?? 0;
  const reasoning = Math.min(output, report.completion_tokens_details?.reasoning_tokens ?? 0);
  // Cache writes have no price of their own.
  const tokens = { input: prompt - cacheRead, output, cacheRead, cacheWrite5m: 0, cacheWrite1h: 0, reasoning };
  return { ...tally, tokens };
}

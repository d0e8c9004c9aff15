import * as z from 'zod';
import {
  count,
  hasUnpricedSound,
  outputDetails,
  promptDetails,
  readTokens,
  type UsageOptions,
} from '../openai/usage.ts';
import type { Tally } from '../tally.ts';

/** The provider's `usage`. */
export const reportedUsage = z.object({
  prompt_tokens: count,
  completion_tokens: count,
  prompt_tokens_details: promptDetails,
  completion_tokens_details: outputDetails,
});
export type ReportedUsage = z.infer<typeof reportedUsage>;

/** Replaces the tally's figures by a report's, which are totals of the call so far. */
export function takeUsage(tally: Tally, report: ReportedUsage, options: UsageOptions): Tally {
  const details = { promptDetails: report.prompt_tokens_details, outputDetails: report.completion_tokens_details };
  const tokens = readTokens({ prompt: report.prompt_tokens, output: report.completion_tokens, ...details }, options);
  return { ...tally, tokens, unusualPrice: tally.unusualPrice || hasUnpricedSound(details) };
}

import * as z from 'zod';
import { count, outputDetails, promptDetails, readTokens } from '../openai/usage.ts';
import { EMPTY_TALLY, type Tally } from '../tally.ts';

const reportedUsage = z.object({
  input_tokens: count,
  output_tokens: count,
  input_tokens_details: promptDetails,
  output_tokens_details: outputDetails,
});

/** A response, whole or as the last event of a stream has it. */
export const response = z.object({
  model: z.string().nullish().catch(null),
  status: z.string().nullish().catch(null),
  usage: reportedUsage.nullish().catch(null),
  /** Who is served first; every tier but the default one has prices of its own. */
  service_tier: z.string().nullish().catch(null),
});

const LISTED_TIERS: ReadonlySet<string> = new Set(['auto', 'default']);

/** The tally of a response; null when it reports no usage. */
export function readUsage({ model, usage, service_tier }: z.infer<typeof response>): Tally | null {
  if (usage?.input_tokens == null || usage.output_tokens == null) return null;
  return {
    model: model ?? EMPTY_TALLY.model,
    tokens: readTokens({
      prompt: usage.input_tokens,
      promptDetails: usage.input_tokens_details,
      output: usage.output_tokens,
      outputDetails: usage.output_tokens_details,
    }),
    unusualPrice: service_tier != null && !LISTED_TIERS.has(service_tier),
  };
}

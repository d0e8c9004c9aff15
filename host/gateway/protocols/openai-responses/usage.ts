import * as z from 'zod';
import { count, hasOtherPrice, outputDetails, promptDetails, readTokens, serviceTier } from '../openai/usage.ts';
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
  service_tier: serviceTier,
});

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
    unusualPrice: hasOtherPrice(service_tier),
  };
}

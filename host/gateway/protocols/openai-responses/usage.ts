import * as z from 'zod';
import {
  count,
  hasUnpricedSound,
  outputDetails,
  promptDetails,
  readTiers,
  readTokens,
  serviceTier,
  type UsageOptions,
} from '../openai/usage.ts';
import { EMPTY_TALLY, type Tally } from '../tally.ts';

const reportedUsage = z.object({
  input_tokens: count,
  output_tokens: count,
  input_tokens_details: promptDetails,
  output_tokens_details: outputDetails,
});

const text = z.string().nullish().catch(null);
/** A part of an answer: a message, a call of a tool. */
export const outputItem = z.object({ type: text, action: z.object({ type: text }).nullish().catch(null) });
type OutputItem = z.infer<typeof outputItem>;

/** A response, whole or as the last event of a stream has it. */
export const response = z.object({
  model: text,
  status: text,
  usage: reportedUsage.nullish().catch(null),
  service_tier: serviceTier,
  output: z
    .array(outputItem.catch({ type: null, action: null }))
    .nullish()
    .catch(null),
});

/** Calls of tools that are paid beside the tokens, by amounts that the response does not say. */
const CHARGED: ReadonlySet<string> = new Set(['image_generation_call', 'code_interpreter_call', 'file_search_call']);

/** What items of an answer cost beside their tokens. */
export interface ItemCosts {
  readonly searches: number;
  readonly charged: boolean;
}

export const NO_COSTS: ItemCosts = { searches: 0, charged: false };

/** A search is paid; opening a page that it found, and looking in it, are not. */
export function addItem(costs: ItemCosts, { type, action }: OutputItem): ItemCosts {
  const isSearch = type === 'web_search_call' && (action?.type ?? 'search') === 'search';
  return { searches: costs.searches + (isSearch ? 1 : 0), charged: costs.charged || CHARGED.has(type ?? '') };
}

/** The tally of a response; null when it reports no usage. `seen`: what its items cost, as far as they were streamed. */
export function readUsage(
  { model, usage, service_tier, output }: z.infer<typeof response>,
  { seen = NO_COSTS, ...options }: UsageOptions & { seen?: ItemCosts },
): Tally | null {
  if (usage?.input_tokens == null || usage.output_tokens == null) return null;
  const { input_tokens_details: promptOf, output_tokens_details: outputOf } = usage;
  const details = { promptDetails: promptOf, outputDetails: outputOf };
  const listed = (output ?? []).reduce(addItem, NO_COSTS);
  const webSearches = Math.max(seen.searches, listed.searches);
  return {
    model: model ?? EMPTY_TALLY.model,
    tokens: {
      ...readTokens({ prompt: usage.input_tokens, output: usage.output_tokens, ...details }, options),
      ...(webSearches === 0 ? {} : { webSearches }),
    },
    ...readTiers(service_tier),
    unusualPrice: seen.charged || listed.charged || hasUnpricedSound(details),
  };
}

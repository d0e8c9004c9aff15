import * as z from 'zod';
import { MOST_COUNTED, type CountedTokens, type Tally } from '../tally.ts';
import { readServiceTier } from './extras.ts';

/** A field of the provider's usage. Another program's output: a value that is not a count is taken as absent. */
export const count = z.number().int().nonnegative().max(MOST_COUNTED).nullish().catch(null);

/** The details of a prompt's tokens; both are part of them. */
export const promptDetails = z
  .object({ cached_tokens: count, cache_write_tokens: count, audio_tokens: count })
  .nullish()
  .catch(null);
/** The details of an output's tokens; they are part of them. */
export const outputDetails = z.object({ reasoning_tokens: count, audio_tokens: count }).nullish().catch(null);

/** Who is served first. */
export const serviceTier = z.string().nullish().catch(null);

/** The tier that an answer was served in; nothing where it does not say so: "auto" is a choice, and no tier. */
export function readTiers(tier: z.infer<typeof serviceTier>): Pick<Tally, 'tiers'> {
  return tier == null || tier === 'auto' ? {} : { tiers: { servicetier: readServiceTier(tier) } };
}

/** A usage block, whatever its API calls the fields. */
interface Reported {
  readonly prompt: number | null | undefined;
  readonly promptDetails: z.infer<typeof promptDetails>;
  readonly output: number | null | undefined;
  readonly outputDetails: z.infer<typeof outputDetails>;
}

/** What was asked for that the usage does not say. */
export interface UsageOptions {
  /** The cache is kept for longer, which costs more to write. */
  readonly longCache: boolean;
}

/** The tokens of a usage block, each counted once: the parts of a prompt that the cache took part in are not input. */
export function readTokens(given: Reported, { longCache }: UsageOptions): CountedTokens {
  const prompt = given.prompt ?? 0;
  const output = given.output ?? 0;
  const cacheRead = Math.min(prompt, given.promptDetails?.cached_tokens ?? 0);
  const written = Math.min(prompt - cacheRead, given.promptDetails?.cache_write_tokens ?? 0);
  const reasoning = Math.min(output, given.outputDetails?.reasoning_tokens ?? 0);
  const input = prompt - cacheRead - written;
  const audioInput = Math.min(input, given.promptDetails?.audio_tokens ?? 0);
  return {
    input,
    output,
    cacheRead,
    // Lifetimes of the cache are not told apart.
    ...(longCache ? { cacheWrite5m: 0, cacheWrite1h: written } : { cacheWrite5m: written, cacheWrite1h: 0 }),
    reasoning,
    ...(audioInput === 0 ? {} : { audioInput }),
  };
}

/** Whether an answer has sound, or a prompt sound of which a part may be cached: no list has a price for it. */
export function hasUnpricedSound({
  promptDetails,
  outputDetails,
}: Pick<Reported, 'promptDetails' | 'outputDetails'>): boolean {
  const ofPrompt = promptDetails?.audio_tokens ?? 0;
  return (outputDetails?.audio_tokens ?? 0) > 0 || (ofPrompt > 0 && (promptDetails?.cached_tokens ?? 0) > 0);
}

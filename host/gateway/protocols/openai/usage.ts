import * as z from 'zod';
import { MOST_COUNTED, type CountedTokens } from '../tally.ts';

/** A field of the provider's usage. Another program's output: a value that is not a count is taken as absent. */
export const count = z.number().int().nonnegative().max(MOST_COUNTED).nullish().catch(null);

/** The details of a prompt's tokens; both are part of them. */
export const promptDetails = z.object({ cached_tokens: count, cache_write_tokens: count }).nullish().catch(null);
/** The details of an output's tokens; they are part of them. */
export const outputDetails = z.object({ reasoning_tokens: count }).nullish().catch(null);

/** Who is served first. */
export const serviceTier = z.string().nullish().catch(null);
const LISTED_TIERS: ReadonlySet<string> = new Set(['auto', 'default']);

/** Whether a service tier has prices of its own: all but the default one have. */
export function hasOtherPrice(tier: z.infer<typeof serviceTier>): boolean {
  return tier != null && !LISTED_TIERS.has(tier);
}

/** A usage block, whatever its API calls the fields. */
interface Reported {
  readonly prompt: number | null | undefined;
  readonly promptDetails: z.infer<typeof promptDetails>;
  readonly output: number | null | undefined;
  readonly outputDetails: z.infer<typeof outputDetails>;
}

/** The tokens of a usage block, each counted once: the parts of a prompt that the cache took part in are not input. */
export function readTokens(given: Reported): CountedTokens {
  const prompt = given.prompt ?? 0;
  const output = given.output ?? 0;
  const cacheRead = Math.min(prompt, given.promptDetails?.cached_tokens ?? 0);
  const written = Math.min(prompt - cacheRead, given.promptDetails?.cache_write_tokens ?? 0);
  const reasoning = Math.min(output, given.outputDetails?.reasoning_tokens ?? 0);
  const input = prompt - cacheRead - written;
  // Only one lifetime of the cache is reported.
  return { input, output, cacheRead, cacheWrite5m: written, cacheWrite1h: 0, reasoning };
}

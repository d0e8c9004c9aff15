import * as z from 'zod';
import { MOST_COUNTED, type Tally } from '../tally.ts';

const count = z.number().int().nonnegative().max(MOST_COUNTED).nullish().catch(null);
const modalities = z
  .array(z.object({ modality: z.string().nullish().catch(null), tokenCount: count }))
  .nullish()
  .catch(null);

/** The provider's `usageMetadata`. Zeros are left out; a field that does not fit the schema counts as absent. */
export const usageMetadata = z.object({
  promptTokenCount: count,
  cachedContentTokenCount: count,
  toolUsePromptTokenCount: count,
  candidatesTokenCount: count,
  thoughtsTokenCount: count,
  promptTokensDetails: modalities,
  candidatesTokensDetails: modalities,
});
type UsageMetadata = z.infer<typeof usageMetadata>;

/**
 * Replaces the tally's figures by a report's, which are totals of the call so far. Cached tokens are part of the
 * prompt's. Thoughts are billed as output and are no part of the candidates'; the results of tools that the provider
 * runs are input and no part of the prompt's.
 */
export function takeUsage(tally: Tally, report: UsageMetadata): Tally {
  const prompt = report.promptTokenCount ?? 0;
  const cacheRead = Math.min(prompt, report.cachedContentTokenCount ?? 0);
  const reasoning = report.thoughtsTokenCount ?? 0;
  const input = prompt - cacheRead + (report.toolUsePromptTokenCount ?? 0);
  const output = (report.candidatesTokenCount ?? 0) + reasoning;
  return {
    ...tally,
    tokens: { input, output, cacheRead, cacheWrite5m: 0, cacheWrite1h: 0, reasoning },
    unusualPrice: tally.unusualPrice || hasOtherPrice(report),
  };
}

/** Sound in a prompt and everything but text in an answer have prices of their own. */
function hasOtherPrice({ promptTokensDetails, candidatesTokensDetails }: UsageMetadata): boolean {
  const heard = (promptTokensDetails ?? []).some((one) => one.modality === 'AUDIO' && one.tokenCount !== 0);
  return heard || (candidatesTokensDetails ?? []).some((one) => one.modality !== 'TEXT' && one.tokenCount !== 0);
}

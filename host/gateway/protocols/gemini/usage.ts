import * as z from 'zod';
import { readServiceTier } from './extras.ts';
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
  serviceTier: z.string().nullish().catch(null),
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
  const { webSearches } = tally.tokens;
  const output = (report.candidatesTokenCount ?? 0) + reasoning;
  return {
    ...tally,
    tokens: {
      input,
      output,
      cacheRead,
      cacheWrite5m: 0,
      cacheWrite1h: 0,
      reasoning,
      ...readModalities(report),
      ...(webSearches === undefined ? {} : { webSearches }),
    },
    ...(report.serviceTier == null ? {} : { tiers: { servicetier: readServiceTier(report.serviceTier) } }),
    unusualPrice: tally.unusualPrice || hasOtherPrice(report),
  };
}

/** The parts with prices of their own: sound in a prompt, pictures in an answer. */
function readModalities({ promptTokensDetails, candidatesTokensDetails }: UsageMetadata) {
  const audioInput = sumOf(promptTokensDetails, (modality) => modality === 'AUDIO');
  const imageOutput = sumOf(candidatesTokensDetails, (modality) => modality === 'IMAGE');
  return { ...(audioInput === 0 ? {} : { audioInput }), ...(imageOutput === 0 ? {} : { imageOutput }) };
}

/**
 * Whether no list has a price for it: sound of which a part may be cached, sound or video in an answer, and parts that
 * are more than the whole.
 */
function hasOtherPrice(report: UsageMetadata): boolean {
  const { audioInput = 0, imageOutput = 0 } = readModalities(report);
  const { promptTokenCount, cachedContentTokenCount, candidatesTokenCount, candidatesTokensDetails } = report;
  return (
    (audioInput > 0 && (cachedContentTokenCount ?? 0) > 0) ||
    audioInput > (promptTokenCount ?? 0) ||
    imageOutput > (candidatesTokenCount ?? 0) ||
    hasUncounted(report.promptTokensDetails, (modality) => modality === 'AUDIO') ||
    hasUncounted(candidatesTokensDetails, (modality) => modality === 'IMAGE') ||
    (candidatesTokensDetails ?? []).some(
      (one) => one.modality !== 'TEXT' && one.modality !== 'IMAGE' && one.tokenCount !== 0,
    )
  );
}

type Details = UsageMetadata['promptTokensDetails'];

function sumOf(details: Details, isThis: (modality: string) => boolean): number {
  return (details ?? []).reduce((sum, one) => sum + (isThis(one.modality ?? '') ? (one.tokenCount ?? 0) : 0), 0);
}

/** Whether there is some, and not how much. */
function hasUncounted(details: Details, isThis: (modality: string) => boolean): boolean {
  return (details ?? []).some((one) => isThis(one.modality ?? '') && one.tokenCount == null);
}

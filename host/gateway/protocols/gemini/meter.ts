import * as z from 'zod';
import type { Meter } from '../protocol.ts';
import { createStreamMeter, splitEvents, type StreamCount, type StreamEvent } from '../stream-meter.ts';
import { EMPTY_TALLY, type Tally } from '../tally.ts';
import { createWholeMeter } from '../tap.ts';
import { readError } from './errors.ts';
import { splitArray } from './split-array.ts';
import { takeUsage, usageMetadata } from './usage.ts';
import { parseJson } from '../../../../system/text/parse-json.ts';

/**
 * Counts by the answer's content type: server-sent events, or JSON, which is an array of chunks if that was asked for
 * (`array`) and one object otherwise.
 */
export function createMeter(contentType: string, { array }: { array: boolean }): Meter {
  if (contentType.startsWith('text/event-stream')) return createStreamMeter(takeEvent, splitEvents);
  if (array && contentType.startsWith('application/json')) return createStreamMeter(takeEvent, splitArray);
  return createWholeMeter(readWhole);
}

const text = z.string().nullish().catch(null);
const candidate = z.object({
  content: z
    .object({
      parts: z
        .array(
          z.object({
            text,
            functionCall: z.object({ args: z.unknown() }).nullish().catch(null),
            executableCode: z.object({ code: text }).nullish().catch(null),
          }),
        )
        .nullish()
        .catch(null),
    })
    .nullish()
    .catch(null),
  finishReason: text,
  groundingMetadata: z
    .object({ webSearchQueries: z.array(z.unknown()).nullish().catch(null) })
    .nullish()
    .catch(null),
});
type Candidate = z.infer<typeof candidate>;

/** A chunk of a stream, and a whole answer: they have one format. */
const answer = z
  .object({
    candidates: z.array(candidate).optional(),
    /** In place of candidates: the prompt itself was refused. */
    promptFeedback: z.object({ blockReason: text }).optional(),
    usageMetadata: usageMetadata.optional(),
    modelVersion: text,
  })
  .refine((given) => given.candidates ?? given.promptFeedback ?? given.usageMetadata);
type Answer = z.infer<typeof answer>;

/** A stream has no last event: it is complete when its last chunk says why the answer ended. */
function takeEvent(count: StreamCount, { data }: StreamEvent): StreamCount {
  const json = parseJson(data);
  const read = answer.safeParse(json);
  if (!read.success) return readError(json) === null ? { ...count, unread: true } : { ...count, end: 'error' };
  const chars = (read.data.candidates ?? []).flatMap(textsOf).reduce((sum, { length }) => sum + length, count.chars);
  const end = isEnd(read.data) ? 'complete' : count.end;
  // Every chunk has the usage so far; that of the last one is final.
  const counted = count.counted || (end === 'complete' && read.data.usageMetadata !== undefined);
  return { ...count, chars, end, counted, tally: takeAnswer(count.tally, read.data) };
}

function isEnd({ candidates = [], promptFeedback }: Answer): boolean {
  return promptFeedback?.blockReason != null || candidates.some(({ finishReason }) => finishReason != null);
}

function textsOf({ content }: Candidate): string[] {
  return (content?.parts ?? []).map((part) => {
    const args = part.functionCall?.args;
    return part.text ?? part.executableCode?.code ?? (args === undefined ? '' : JSON.stringify(args));
  });
}

function takeAnswer(before: Tally, given: Answer): Tally {
  const tally = takeSearches(before, given);
  const named = given.modelVersion == null ? tally : { ...tally, model: given.modelVersion };
  return given.usageMetadata === undefined ? named : takeUsage(named, given.usageMetadata);
}

/** Each query is paid. Chunks repeat those of before. */
function takeSearches(tally: Tally, { candidates = [] }: Answer): Tally {
  const searches = candidates.reduce((sum, one) => sum + (one.groundingMetadata?.webSearchQueries?.length ?? 0), 0);
  const webSearches = Math.max(searches, tally.tokens.webSearches ?? 0);
  return webSearches === 0 ? tally : { ...tally, tokens: { ...tally.tokens, webSearches } };
}

function readWhole(said: unknown): Tally | null {
  const read = answer.safeParse(said);
  if (read.success) return read.data.usageMetadata === undefined ? null : takeAnswer(EMPTY_TALLY, read.data);
  return readError(said) === null ? null : EMPTY_TALLY;
}

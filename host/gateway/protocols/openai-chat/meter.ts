import * as z from 'zod';
import { CutOffError, type Meter } from '../protocol.ts';
import { NO_BYTES } from '../step.ts';
import { EMPTY_TALLY, estimateOutput, type Tally } from '../tally.ts';
import { createWholeMeter, MAX_READ_BYTES } from '../tap.ts';
import { readTiers, serviceTier, type UsageOptions } from '../openai/usage.ts';
import { reportedUsage, takeUsage } from './usage.ts';
import { parseJson } from '../../../../system/text/parse-json.ts';

/** `hideUsage`: the gateway requested the usage chunk on the box's behalf, and removes it from the answer again. */
export interface MeterOptions extends UsageOptions {
  readonly hideUsage: boolean;
}

/** Counts by the answer's content type: server-sent events, or one JSON object. */
export function createMeter(contentType: string, options: MeterOptions): Meter {
  return contentType.startsWith('text/event-stream')
    ? createStreamMeter(options)
    : createWholeMeter((said) => readWhole(said, options));
}

const text = z.string().nullish().catch(null);
const chunk = z.object({
  model: text,
  choices: z.array(
    z.object({
      delta: z
        .object({
          content: text,
          refusal: text,
          reasoning_content: text,
          reasoning: text,
          tool_calls: z
            .array(z.object({ function: z.object({ arguments: text }).nullish() }))
            .nullish()
            .catch(null),
        })
        .nullish()
        .catch(null),
      finish_reason: text,
    }),
  ),
  usage: reportedUsage.nullish().catch(null),
  service_tier: serviceTier,
});
const failure = z.object({ error: z.unknown().refine((error) => error !== undefined) });
const END = '[DONE]';

/**
 * Events pass whole or not at all, so each is held until its blank line has arrived. An event that does not end within
 * MAX_READ_BYTES passes, and counting stops there.
 */
function createStreamMeter({ hideUsage, ...options }: MeterOptions): Meter {
  let tally = EMPTY_TALLY;
  let chars = 0;
  let counted = false;
  let missed = false;
  let whole = false;
  let failed = false;
  let blind = false;
  let held: Buffer = NO_BYTES;

  /** Whether the event may pass. */
  function takeEvent(event: Buffer): boolean {
    const data = dataOf(event.toString('utf8'));
    if (data === null) return true;
    if (data === END) {
      whole = true;
      return true;
    }
    const json = parseJson(data);
    const read = chunk.safeParse(json);
    if (!read.success) {
      if (failure.safeParse(json).success) whole = failed = true;
      else missed = true;
      return true;
    }
    const { model, choices, usage, service_tier } = read.data;
    tally = { ...tally, ...readTiers(service_tier) };
    if (model != null && model !== '') tally = { ...tally, model };
    for (const { delta, finish_reason } of choices) {
      if (finish_reason != null) whole = true;
      const said = [delta?.content, delta?.refusal, delta?.reasoning_content ?? delta?.reasoning];
      const calls = delta?.tool_calls?.map((call) => call.function?.arguments) ?? [];
      for (const piece of [...said, ...calls]) chars += piece?.length ?? 0;
    }
    if (usage == null) return true;
    tally = takeUsage(tally, usage, options);
    counted = true;
    return !(hideUsage && choices.length === 0);
  }

  return {
    take(piece) {
      if (blind) return piece;
      let rest = held.length === 0 ? piece : Buffer.concat([held, piece]);
      const passed: Buffer[] = [];
      for (let end = endOfEvent(rest); end !== -1; end = endOfEvent(rest)) {
        const event = rest.subarray(0, end);
        if (takeEvent(event)) passed.push(event);
        rest = rest.subarray(end);
      }
      if (rest.length > MAX_READ_BYTES) {
        blind = true;
        passed.push(rest);
        rest = NO_BYTES;
      }
      // A copy: a subarray would keep its whole chunk in memory.
      held = rest.length === 0 ? NO_BYTES : Buffer.from(rest);
      return passed.length === 1 ? (passed[0] ?? NO_BYTES) : Buffer.concat(passed);
    },
    end() {
      const last = held.length > 0 && takeEvent(held) ? held : NO_BYTES;
      if (!whole && !blind) throw new CutOffError('a stream ended before its message did');
      return last;
    },
    tally: () => (counted ? tally : estimateOutput(tally, chars)),
    missed: () => missed || blind || (whole && !counted),
    gap() {
      if (blind) return 'all';
      return counted || (failed && chars === 0) ? 'none' : 'input';
    },
  };
}

/** The end of the first event, its blank line included; -1 when it is incomplete. */
function endOfEvent(bytes: Buffer): number {
  const ends = ['\n\n', '\r\n\r\n']
    .map((gap) => ({ at: bytes.indexOf(gap), length: gap.length }))
    .filter(({ at }) => at !== -1)
    .map(({ at, length }) => at + length);
  return ends.length === 0 ? -1 : Math.min(...ends);
}

/** The data of one server-sent event; null for a comment. */
function dataOf(event: string): string | null {
  const lines = event.split(/\r?\n/).flatMap((line) => /^data: ?(.*)$/.exec(line)?.[1] ?? []);
  return lines.length === 0 ? null : lines.join('\n');
}

const wholeAnswer = z.object({
  object: z.literal('chat.completion'),
  model: z.string(),
  usage: reportedUsage,
  service_tier: serviceTier,
});

function readWhole(said: unknown, options: UsageOptions): Tally | null {
  const read = wholeAnswer.safeParse(said);
  if (read.success) {
    const { model, usage, service_tier } = read.data;
    return { ...takeUsage(EMPTY_TALLY, usage, options), model, ...readTiers(service_tier) };
  }
  return failure.safeParse(said).success ? EMPTY_TALLY : null;
}

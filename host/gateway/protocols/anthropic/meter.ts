import { createParser, type EventSourceMessage } from 'eventsource-parser';
import * as z from 'zod';
import { CutOffError, type Meter } from '../protocol.ts';
import { EMPTY_TALLY, estimateOutput, type Tally } from '../tally.ts';
import { createWholeMeter, MAX_READ_BYTES, parseJson, tapped } from '../tap.ts';
import { addReport, reportedUsage } from './usage.ts';

/** Counts by the answer's content type: server-sent events, or one JSON message. */
export function createMeter(contentType: string): Meter {
  return contentType.startsWith('text/event-stream') ? createStreamMeter() : createWholeMeter(readMessage);
}

const streamEvent = z.union([
  z.object({ type: z.literal('message_start'), message: z.object({ model: z.string(), usage: reportedUsage }) }),
  z.object({ type: z.literal('message_delta'), usage: reportedUsage }),
  z.object({
    type: z.literal('content_block_delta'),
    delta: z.object({
      text: z.string().optional(),
      thinking: z.string().optional(),
      partial_json: z.string().optional(),
    }),
  }),
]);
const typed = z.object({ type: z.string() });
const READ_EVENTS: ReadonlySet<string> = new Set(['message_start', 'message_delta', 'content_block_delta']);
/** The events that end a stream; a stream that ends without either was cut off in transit. */
const LAST_EVENTS: ReadonlySet<string> = new Set(['message_stop', 'error']);

function createStreamMeter(): Meter {
  let tally = EMPTY_TALLY;
  let missed = false;
  let chars = 0;
  let counted = false;
  const utf8 = new TextDecoder();
  let ended = false;
  let whole = false;
  const parser = createParser({
    onEvent: take,
    onError: ({ type }) => {
      ended ||= type === 'max-buffer-size-exceeded';
    },
    maxBufferSize: MAX_READ_BYTES,
  });

  function take({ event, data }: EventSourceMessage): void {
    // Some proxies send the data lines only; the data contains the type, too.
    const type = event ?? typed.safeParse(parseJson(data)).data?.type;
    if (type === undefined) missed = true;
    else if (LAST_EVENTS.has(type)) whole = true;
    if (type === undefined || !READ_EVENTS.has(type)) return;
    const read = streamEvent.safeParse(parseJson(data));
    if (!read.success) missed = true;
    else if (read.data.type === 'content_block_delta') {
      const { text, thinking, partial_json } = read.data.delta;
      chars += (text ?? thinking ?? partial_json ?? '').length;
    } else if (read.data.type === 'message_start')
      tally = { ...addReport(tally, read.data.message.usage), model: read.data.message.model };
    else {
      tally = addReport(tally, read.data.usage);
      counted = true;
    }
  }

  return {
    stream: tapped(
      (chunk) => {
        if (!ended) parser.feed(utf8.decode(chunk, { stream: true }));
      },
      () => (whole || ended ? null : new CutOffError('a stream ended before its message did')),
    ),
    tally: () => (counted ? tally : estimateOutput(tally, chars)),
    missed: () => missed || ended,
  };
}

/** An answer that is an error by its own type costs nothing. */
const plainError = z.object({ type: z.literal('error') });
const plainMessage = z.object({ type: z.literal('message'), model: z.string(), usage: reportedUsage });

function readMessage(said: unknown): Tally | null {
  const read = plainMessage.safeParse(said);
  if (read.success) return { ...addReport(EMPTY_TALLY, read.data.usage), model: read.data.model };
  return plainError.safeParse(said).success ? EMPTY_TALLY : null;
}

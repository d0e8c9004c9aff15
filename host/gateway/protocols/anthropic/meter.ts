import * as z from 'zod';
import type { Meter } from '../protocol.ts';
import { createStreamMeter, type StreamCount, type StreamEvent } from '../stream-meter.ts';
import { EMPTY_TALLY, type Tally } from '../tally.ts';
import { createWholeMeter } from '../tap.ts';
import { addReport, reportedUsage } from './usage.ts';
import { parseJson } from '../../../../system/text/parse-json.ts';

/** Counts by the answer's content type: server-sent events, or one JSON message. */
export function createMeter(contentType: string): Meter {
  return contentType.startsWith('text/event-stream') ? createStreamMeter(takeEvent) : createWholeMeter(readMessage);
}

const streamEvent = z.discriminatedUnion('type', [
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

function takeEvent(count: StreamCount, { event, data }: StreamEvent): StreamCount {
  // Some proxies send the data lines only; the data contains the type, too.
  const type = event ?? typed.safeParse(parseJson(data)).data?.type;
  if (type === undefined) return { ...count, unread: true };
  if (type === 'message_stop') return { ...count, end: 'complete' };
  if (type === 'error') return { ...count, end: 'error' };
  if (!READ_EVENTS.has(type)) return count;
  const read = streamEvent.safeParse(parseJson(data));
  if (!read.success) return { ...count, unread: true };
  switch (read.data.type) {
    case 'message_start': {
      const { model, usage } = read.data.message;
      return { ...count, tally: { ...addReport(count.tally, usage), model } };
    }
    case 'message_delta':
      return { ...count, tally: addReport(count.tally, read.data.usage), counted: true };
    case 'content_block_delta': {
      const { text, thinking, partial_json } = read.data.delta;
      return { ...count, chars: count.chars + (text ?? thinking ?? partial_json ?? '').length };
    }
  }
}

/** An answer that is an error by its own type costs nothing. */
const plainError = z.object({ type: z.literal('error') });
const plainMessage = z.object({ type: z.literal('message'), model: z.string(), usage: reportedUsage });

function readMessage(said: unknown): Tally | null {
  const read = plainMessage.safeParse(said);
  if (read.success) return { ...addReport(EMPTY_TALLY, read.data.usage), model: read.data.model };
  return plainError.safeParse(said).success ? EMPTY_TALLY : null;
}

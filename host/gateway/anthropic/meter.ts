import { Transform } from 'node:stream';
import { createParser, type EventSourceMessage } from 'eventsource-parser';
import { z } from 'zod';
import { addReport, EMPTY_TALLY, reportedUsage, type Tally } from './usage.ts';

/** The longest event, and the longest plain answer, that is read for its usage. Longer ones pass uncounted. */
const MAX_READ_BYTES = 4 * 1024 * 1024;
/** How output is guessed from its text when a stream broke off before its final count. */
const CHARS_PER_TOKEN = 4;

/** A stream that lets an answer pass untouched and counts what it says about tokens. */
export interface Meter {
  readonly stream: Transform;
  /** What was counted until now. */
  tally(): Tally;
  /** True when something that should have been counted could not be read; known once `tally` was asked at the end. */
  missed(): boolean;
}

/** Counts by the answer's content type: server-sent events, or one JSON message. */
export function createMeter(contentType: string): Meter {
  return contentType.startsWith('text/event-stream') ? createStreamMeter() : createMessageMeter();
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
/** What ends a stream for its reader; a stream that ends without either was cut off on its way. */
const LAST_EVENTS: ReadonlySet<string> = new Set(['message_stop', 'error']);

/** The provider's end of a stream came before the message's. The box must see it break: its CLI then asks again. */
export class CutOffError extends Error {
  override readonly name = 'CutOffError';
}

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
    // Some proxies send the data alone; its type is in there, too.
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
    tally() {
      // The provider bills what it wrote until it was interrupted, but says how much only at the end.
      if (counted) return tally;
      const output = Math.max(tally.tokens.output, Math.ceil(chars / CHARS_PER_TOKEN));
      return { ...tally, tokens: { ...tally.tokens, output } };
    },
    missed: () => missed || ended,
  };
}

/** An answer that says it is an error costs nothing. */
const plainError = z.object({ type: z.literal('error') });
const plainMessage = z.object({ type: z.literal('message'), model: z.string(), usage: reportedUsage });

function createMessageMeter(): Meter {
  let chunks: Buffer[] = [];
  let size = 0;
  let tally: Tally | null = null;
  let unknown = false;
  const tooLong = () => size > MAX_READ_BYTES;
  return {
    stream: tapped((chunk) => {
      size += chunk.length;
      if (tooLong()) chunks = [];
      else chunks.push(chunk);
    }),
    tally() {
      if (tally !== null) return tally;
      const said = parseJson(Buffer.concat(chunks).toString('utf8'));
      const read = plainMessage.safeParse(said);
      unknown = !read.success && !plainError.safeParse(said).success;
      chunks = [];
      tally = read.success ? { ...addReport(EMPTY_TALLY, read.data.usage), model: read.data.model } : EMPTY_TALLY;
      return tally;
    },
    missed: () => tooLong() || unknown,
  };
}

/** Lets bytes pass and shows them; `judgeEnd` says whether their end may pass, too. */
function tapped(see: (chunk: Buffer) => void, judgeEnd: () => Error | null = () => null): Transform {
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      see(chunk);
      done(null, chunk);
    },
    flush(done) {
      done(judgeEnd());
    },
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

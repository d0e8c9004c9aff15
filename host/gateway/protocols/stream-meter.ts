import { createParser } from 'eventsource-parser';
import { CutOffError, type Meter } from './protocol.ts';
import { NO_BYTES } from './step.ts';
import { EMPTY_TALLY, estimateOutput, knowsInput, type Tally } from './tally.ts';
import { MAX_READ_BYTES } from './tap.ts';

/** What the events of a streamed answer have said so far. */
export interface StreamCount {
  readonly tally: Tally;
  /** Whether the tally is the provider's final count. */
  readonly counted: boolean;
  /** Characters of output, from which the tokens of a stream that breaks off are estimated. */
  readonly chars: number;
  /** `complete`: the message has ended. `error`: the provider has ended it with an error. */
  readonly end: 'open' | 'complete' | 'error';
  /** Whether an event could not be read. */
  readonly unread: boolean;
}

const START: StreamCount = { tally: EMPTY_TALLY, counted: false, chars: 0, end: 'open', unread: false };

/** One event of a stream: its data, and its name where the stream has names. */
export interface StreamEvent {
  readonly event?: string | undefined;
  readonly data: string;
}

/** Cuts the text of a stream into its events. `tooLong`: an event exceeds MAX_READ_BYTES; nothing more is fed. */
export type CreateSplitter = (on: { event(event: StreamEvent): void; tooLong(): void }) => { feed(text: string): void };

/** Server-sent events, with or without `event:` lines. */
export const splitEvents: CreateSplitter = ({ event, tooLong }) =>
  createParser({
    onEvent: event,
    onError: ({ type }) => {
      if (type === 'max-buffer-size-exceeded') tooLong();
    },
    maxBufferSize: MAX_READ_BYTES,
  });

/**
 * A meter for a streamed answer, whose bytes all pass unchanged. `take` adds one event to the count. A stream that ends
 * while its message is open breaks off with a CutOffError.
 */
export function createStreamMeter(
  take: (count: StreamCount, event: StreamEvent) => StreamCount,
  createSplitter: CreateSplitter = splitEvents,
): Meter {
  let count = START;
  let blind = false;
  const utf8 = new TextDecoder();
  const splitter = createSplitter({
    event: (event) => {
      count = take(count, event);
    },
    tooLong: () => {
      blind = true;
    },
  });
  return {
    take(chunk) {
      if (!blind) splitter.feed(utf8.decode(chunk, { stream: true }));
      return chunk;
    },
    end() {
      if (count.end === 'open' && !blind) throw new CutOffError('a stream ended before its message did');
      return NO_BYTES;
    },
    tally: () => (count.counted ? count.tally : estimateOutput(count.tally, count.chars)),
    missed: () => blind || count.unread || (count.end === 'complete' && !count.counted),
    gap() {
      if (blind) return 'all';
      if (count.counted || (count.end === 'error' && count.chars === 0)) return 'none';
      return knowsInput(count.tally) ? 'output' : 'input';
    },
  };
}

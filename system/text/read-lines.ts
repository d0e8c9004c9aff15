import type { Readable } from 'node:stream';
import { wholeLength } from './utf8.ts';

export interface LineOptions {
  /** Each line as UTF-8, without its `\n`; empty ones too. */
  readonly onLine: (line: string) => void;
  /** The longest line that comes in one piece, in bytes; at least 4. */
  readonly maxBytes: number;
  /**
   * How a longer line is handled. `split`: it comes in pieces, each of at most `maxBytes` and of whole characters. A
   * function: it is dropped except for its beginning, at most its first KiB.
   */
  readonly onLong: 'split' | ((head: string) => void);
}

export interface LineReader {
  push(chunk: Buffer): void;
  /** The input has ended: the rest is a line, too. */
  end(): void;
}

const HEAD_BYTES = 1_024;

/** Splits bytes into lines. Memory stays within `maxBytes`, however long a line is. */
export function createLineReader({ onLine, maxBytes, onLong }: LineOptions): LineReader {
  let parts: Buffer[] = [];
  let size = 0;
  let head: string | null = null;

  function take(): Buffer {
    const taken = Buffer.concat(parts);
    parts = [];
    size = 0;
    return taken;
  }

  function keep(piece: Buffer): void {
    if (piece.length === 0) return;
    // A copy: a slice would keep the whole chunk in memory.
    parts.push(Buffer.from(piece));
    size += piece.length;
  }

  function add(piece: Buffer): void {
    let rest = piece;
    while (head === null && size + rest.length > maxBytes) {
      if (onLong !== 'split') {
        const start = Buffer.concat([take(), rest.subarray(0, HEAD_BYTES)]).subarray(0, HEAD_BYTES);
        head = start.subarray(0, wholeLength(start)).toString('utf8');
        return;
      }
      const room = maxBytes - size;
      keep(rest.subarray(0, room));
      rest = rest.subarray(room);
      const full = take();
      // Bytes that are not UTF-8 have no whole characters; they are cut anywhere.
      const end = wholeLength(full) || full.length;
      onLine(full.toString('utf8', 0, end));
      keep(full.subarray(end));
    }
    if (head === null) keep(rest);
  }

  function finish(): void {
    if (head === null) return onLine(take().toString('utf8'));
    const start = head;
    head = null;
    return onLong === 'split' ? undefined : onLong(start);
  }

  return {
    push(chunk) {
      let start = 0;
      for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, start)) {
        add(chunk.subarray(start, end));
        finish();
        start = end + 1;
      }
      add(chunk.subarray(start));
    },
    end() {
      if (size > 0 || head !== null) finish();
    },
  };
}

/**
 * Reads a stream line by line, as fast as it arrives. `onEnd` is called once, after the last line, also when the stream
 * breaks.
 */
export function readLines(stream: Readable, options: LineOptions & { readonly onEnd?: () => void }): void {
  const reader = createLineReader(options);
  let isOver = false;
  const end = () => {
    if (isOver) return;
    isOver = true;
    reader.end();
    options.onEnd?.();
  };
  stream.on('data', reader.push);
  stream.once('end', end);
  stream.once('close', end);
  stream.on('error', end);
}

/**
 * The lines of a stream for `for await`, which applies backpressure. Longer lines are split. Throws the stream's error.
 */
export async function* linesOf(stream: AsyncIterable<Buffer | string>, maxBytes: number): AsyncGenerator<string> {
  let ready: string[] = [];
  const reader = createLineReader({ maxBytes, onLong: 'split', onLine: (line) => ready.push(line) });
  for await (const chunk of stream) {
    reader.push(Buffer.from(chunk));
    yield* ready;
    ready = [];
  }
  reader.end();
  yield* ready;
}

import { isUtf8 } from 'node:buffer';
import { HiveError } from '../../protocol/errors.ts';

/**
 * The frames of `hive-frames`, the protocol that a connection speaks after HTTP's `GET /frames`, `Upgrade:
 * hive-frames`:
 *
 *   4 bytes, big-endian: length of the body │ body: JSON in UTF-8
 *
 *   to the server   [id, operation, input]   a call; `id` is a whole number not in use by an open call of this connection
 *                   [id, 2]                  cancels a call: its signal aborts, its answer still comes
 *   to the client   [id, 0, output]          the answer
 *                   [id, 1, errorBody]       the call failed
 *                   [null, 1, errorBody]     the connection is closed, with the reason
 *
 * Answers come in any order, one for each call. Streams and files stay with HTTP.
 */
export const PROTOCOL = 'hive-frames';
export const PATH = '/frames';
/** The header of the upgrade's answer that gives the maximum bytes of a frame. */
export const LIMIT_HEADER = 'hive-frame-limit';

export const ANSWER = 0;
export const FAILURE = 1;
export const CANCEL = 2;

const HEAD_BYTES = 4;
const NOTHING = Buffer.alloc(0);

/**
 * Splits incoming bytes into frames. It buffers at most one frame of `maxBytes` and one chunk, and allocates nothing
 * for a length that was only claimed.
 */
export class FrameReader {
  readonly #maxBytes: number;
  #held: Buffer = NOTHING;
  #start = 0;
  #end = 0;
  /** Whether `held` was allocated here, so that it may be written to. */
  #own = false;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Whether an incomplete frame is buffered. Valid after `next` returned null. */
  get isPartial(): boolean {
    return this.#end > this.#start;
  }

  push(chunk: Buffer): void {
    if (this.#start === this.#end) {
      this.#held = chunk;
      this.#start = 0;
      this.#end = chunk.length;
      this.#own = false;
      return;
    }
    if (!this.#own || this.#held.length - this.#end < chunk.length) this.#grow(chunk.length);
    chunk.copy(this.#held, this.#end);
    this.#end += chunk.length;
  }

  /**
   * The next complete frame's value, or null when more bytes are needed. Throws `payload_too_large` or
   * `invalid_json`.
   */
  next(): { value: unknown; bytes: number } | null {
    const there = this.#end - this.#start;
    if (there < HEAD_BYTES) return null;
    const bytes = this.#held.readUInt32BE(this.#start);
    if (bytes > this.#maxBytes)
      throw new HiveError('payload_too_large', `A frame of ${bytes} bytes is over the ${this.#maxBytes} allowed here.`);
    if (there - HEAD_BYTES < bytes) return null;
    const from = this.#start + HEAD_BYTES;
    this.#start = from + bytes;
    const value = parseJson(this.#held.subarray(from, this.#start));
    if (this.#start === this.#end) this.#held = NOTHING;
    return { value, bytes };
  }

  /**
   * Doubles the buffer, so that a frame that trickles in is not copied for each chunk; never beyond the frame's
   * length.
   */
  #grow(by: number): void {
    const there = this.#end - this.#start;
    const needed = there + by;
    const grown = Buffer.allocUnsafe(Math.max(needed, Math.min(2 * needed, HEAD_BYTES + this.#maxBytes)));
    this.#held.copy(grown, 0, this.#start, this.#end);
    this.#held = grown;
    this.#start = 0;
    this.#end = there;
    this.#own = true;
  }
}

/** Parses JSON in well-formed UTF-8, without replacement characters. The caller checks its shape. */
function parseJson(bytes: Buffer): unknown {
  try {
    if (isUtf8(bytes)) return JSON.parse(bytes.toString('utf8'));
  } catch (cause) {
    throw new HiveError('invalid_json', 'A frame is not valid JSON.', { cause });
  }
  throw new HiveError('invalid_json', 'A frame is not valid UTF-8.');
}

/** Encodes several frames, given as JSON texts, as one buffer. */
export function encodeFrames(texts: readonly string[]): Buffer {
  const sizes = texts.map((text) => Buffer.byteLength(text));
  const all = Buffer.allocUnsafe(sizes.reduce((sum, size) => sum + HEAD_BYTES + size, 0));
  let at = 0;
  for (const [n, text] of texts.entries()) {
    at = all.writeUInt32BE(sizes[n] ?? 0, at);
    at += all.write(text, at, 'utf8');
  }
  return all;
}

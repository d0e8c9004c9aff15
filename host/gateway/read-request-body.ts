import type { Readable } from 'node:stream';
import type { BodyRoom } from './body-room.ts';
import { BodyTooLargeError, limitBody } from './body-limit.ts';
import { refusePacked } from './encodings/refuse-packed.ts';
import { readEncoding } from './encodings/read-encoding.ts';
import { UnreadableBodyError } from './encodings/unreadable-body.ts';

/** The agent's other requests leave no room for this one. */
export class NoRoomError extends Error {
  override readonly name = 'NoRoomError';
}

/** A request's body in memory. */
export interface HeldBody {
  readonly bytes: Buffer;
  /** Gives its room back. */
  release(): void;
}

/**
 * Reads a whole request and decodes it: its content has to be known before the decision about it. `maxBytes` is the
 * limit before and after decoding; a small body that expands far is refused as soon as it exceeds it. Rejects with
 * BodyTooLargeError, UnreadableBodyError, NoRoomError, or the signal's reason; its room is given back then.
 */
export async function readRequestBody(
  body: Readable,
  options: { maxBytes: number; encoding: string; room: BodyRoom; signal: AbortSignal },
): Promise<HeldBody> {
  const { room, encoding, ...limits } = options;
  const chunks: Buffer[] = [];
  let size = 0;
  const release = () => {
    room.giveBack(size);
    size = 0;
  };
  try {
    const limited = limitBody(body, limits);
    const plain = encoding === '' ? limited : await readEncoding(limited, encoding);
    const { take } = refusePacked();
    for await (const given of plain as AsyncIterable<Buffer>) {
      const chunk = take(given);
      if (size + chunk.length > limits.maxBytes) throw new BodyTooLargeError(`over ${limits.maxBytes} bytes, decoded`);
      if (!room.take(chunk.length)) throw new NoRoomError('requests of one agent take too much memory');
      size += chunk.length;
      chunks.push(chunk);
    }
    return { bytes: Buffer.concat(chunks), release };
  } catch (error) {
    release();
    if (encoding === '' || error instanceof BodyTooLargeError || error instanceof NoRoomError) throw error;
    // Nothing but a decoder fails otherwise, unless the sender disconnected, which the caller knows.
    throw new UnreadableBodyError(encoding, { cause: error });
  }
}

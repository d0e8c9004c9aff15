import type { Readable } from 'node:stream';
import type { BodyRoom } from './body-room.ts';
import { limitBody } from './body-limit.ts';

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
 * Reads a whole request: what it asks for has to be known before it is decided. Rejects with BodyTooLargeError over
 * `maxBytes`, with NoRoomError, or with the signal's reason; its room is given back then.
 */
export async function readRequestBody(
  body: Readable,
  options: { maxBytes: number; room: BodyRoom; signal: AbortSignal },
): Promise<HeldBody> {
  const { room, ...limits } = options;
  const chunks: Buffer[] = [];
  let size = 0;
  const release = () => {
    room.giveBack(size);
    size = 0;
  };
  try {
    for await (const chunk of limitBody(body, limits) as AsyncIterable<Buffer>) {
      if (!room.take(chunk.length)) throw new NoRoomError('requests of one agent take too much memory');
      size += chunk.length;
      chunks.push(chunk);
    }
    return { bytes: Buffer.concat(chunks), release };
  } catch (error) {
    release();
    throw error;
  }
}

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
  const packed = refusePacked();
  const keep = (given: Buffer) => {
    const chunk = packed.take(given);
    if (size + chunk.length > limits.maxBytes) throw new BodyTooLargeError(`over ${limits.maxBytes} bytes, decoded`);
    if (!room.take(chunk.length)) throw new NoRoomError('requests of one agent take too much memory');
    size += chunk.length;
    chunks.push(chunk);
  };
  try {
    if (encoding === '') await hearAll(body, { hear: keep, signal: limits.signal });
    else
      for await (const chunk of (await readEncoding(limitBody(body, limits), encoding)) as AsyncIterable<Buffer>)
        keep(chunk);
    const [only = Buffer.alloc(0), ...others] = chunks;
    return { bytes: others.length === 0 ? only : Buffer.concat(chunks), release };
  } catch (error) {
    release();
    if (encoding === '' || error instanceof BodyTooLargeError || error instanceof NoRoomError) throw error;
    // Nothing but a decoder fails otherwise, unless the sender disconnected, which the caller knows.
    throw new UnreadableBodyError(encoding, { cause: error });
  }
}

/**
 * Hands over every chunk until the body's end. Rejects when `hear` throws, when the body breaks, and when the signal
 * fires. The body is never destroyed, because its connection must still carry the answer: its rest is discarded. Most
 * bodies are one chunk, for which a stream in between takes longer than everything else that is done with it.
 */
function hearAll(
  body: Readable,
  { hear, signal }: { hear: (chunk: Buffer) => void; signal: AbortSignal },
): Promise<void> {
  return new Promise((resolve, reject) => {
    const leave = (settle: () => void) => {
      body.off('data', take).off('end', end).off('close', cut);
      signal.removeEventListener('abort', abort);
      body.resume();
      settle();
    };
    const take = (chunk: Buffer) => {
      try {
        hear(chunk);
      } catch (error) {
        leave(() => reject(error as Error));
      }
    };
    const end = () => leave(resolve);
    const cut = () => leave(() => reject(new Error('the request broke off')));
    const abort = () => leave(() => reject(signal.reason as Error));
    // Whoever left is heard of by the signal; an error without a listener would end the process.
    body.on('error', () => undefined);
    if (signal.aborted) return abort();
    signal.addEventListener('abort', abort);
    if (body.readableEnded) return end();
    if (body.destroyed) return cut();
    body.on('data', take).once('end', end).once('close', cut);
  });
}

import { type Readable, Transform } from 'node:stream';

/** A body exceeded its limit. */
export class BodyTooLargeError extends Error {
  override readonly name = 'BodyTooLargeError';
}

export interface BodyLimits {
  readonly maxBytes: number;
  /** Aborts when the sender disconnects: the limited stream then fails. */
  readonly signal: AbortSignal;
}

/**
 * The bytes of `body`, which fail with a BodyTooLargeError after `maxBytes`.
 *
 * `body` itself is never destroyed, because its connection must still carry the answer: after the limited stream has
 * ended, the rest is read and discarded.
 */
export function limitBody(body: Readable, { maxBytes, signal }: BodyLimits): Readable {
  let passed = 0;
  const limited = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      passed += chunk.length;
      if (passed > maxBytes) done(new BodyTooLargeError(`over ${maxBytes} bytes`));
      else done(null, chunk);
    },
  });
  const leave = () => limited.destroy(signal.reason as Error);
  signal.addEventListener('abort', leave, { once: true });
  // Its reader is told; with no reader any more, nobody needs to know.
  limited.on('error', () => {});
  limited.once('close', () => {
    signal.removeEventListener('abort', leave);
    body.unpipe(limited);
    body.resume();
  });
  body.pipe(limited);
  if (signal.aborted) leave();
  return limited;
}

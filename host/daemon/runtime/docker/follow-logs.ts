import type Docker from 'dockerode';
import type { Readable } from 'node:stream';
import { callEngine, translateEngineError } from './engine-call.ts';

const HEADER_BYTES = 8;
const OPEN_MS = 10_000;

/**
 * The output of a container without a terminal, from its beginning, until it has ended or the signal fires. Reads no
 * faster than its caller. Throws `engine_unavailable` when the engine's stream breaks.
 */
export async function* followLogs(
  container: Pick<Docker.Container, 'logs'>,
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  const stream = await callEngine({ timeoutMs: OPEN_MS, fine: [404], signal }, (abortSignal) =>
    container.logs({ stdout: true, stderr: true, follow: true, abortSignal: AbortSignal.any([signal, abortSignal]) }),
  );
  if (stream === null) return;
  const readable = stream as unknown as Readable;
  const stop = () => readable.destroy();
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  try {
    yield* unframe(readable);
  } catch (error) {
    if (!signal.aborted) throw translateEngineError(error, 0);
  } finally {
    signal.removeEventListener('abort', stop);
    readable.destroy();
  }
}

/** The payloads of the engine's frames: an 8-byte header (stream number, three zeros, length) before each. */
export async function* unframe(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let header = Buffer.alloc(0);
  let left = 0;
  for await (const chunk of chunks) {
    let at = 0;
    while (at < chunk.length) {
      if (left > 0) {
        const payload = chunk.subarray(at, at + left);
        at += payload.length;
        left -= payload.length;
        yield payload;
        continue;
      }
      const piece = chunk.subarray(at, at + HEADER_BYTES - header.length);
      at += piece.length;
      header = Buffer.concat([header, piece]);
      if (header.length < HEADER_BYTES) continue;
      left = header.readUInt32BE(4);
      header = Buffer.alloc(0);
    }
  }
}

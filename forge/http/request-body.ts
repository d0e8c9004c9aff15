import type { IncomingMessage } from 'node:http';
import { createGunzip } from 'node:zlib';
import { HiveError } from '../../protocol/errors.ts';

/**
 * A request's body, unpacked. Throws `payload_too_large` as soon as more than `maxBytes` were unpacked (which stops a
 * gzip bomb), `invalid_input` for invalid gzip, and when the client disconnects.
 */
export async function* readBody(request: IncomingMessage, maxBytes: number): AsyncGenerator<Buffer> {
  let bytes = 0;
  for await (const chunk of unpack(request)) {
    bytes += (chunk as Buffer).length;
    if (bytes > maxBytes)
      throw new HiveError('payload_too_large', `A request to git may have ${maxBytes} bytes; this one has more.`);
    yield chunk as Buffer;
  }
}

/** Throws `invalid_input` for an encoding other than none or gzip. */
export function assertEncoding(request: IncomingMessage): void {
  const encoding = request.headers['content-encoding'] ?? 'identity';
  if (!['identity', 'gzip', 'x-gzip'].includes(encoding))
    throw new HiveError('invalid_input', `Content-Encoding ${encoding} is not taken here; send gzip or none.`);
}

function unpack(request: IncomingMessage): AsyncIterable<unknown> {
  const encoding = request.headers['content-encoding'] ?? 'identity';
  // The request must survive an error here: destroying it would cut the answer off.
  return encoding === 'identity' ? request.iterator({ destroyOnReturn: false }) : gunzip(request);
}

async function* gunzip(request: IncomingMessage): AsyncGenerator {
  const unpacked = request.pipe(createGunzip());
  request.once('close', () => {
    if (!request.complete) unpacked.destroy(new Error('the client went away'));
  });
  try {
    yield* unpacked;
  } catch (cause) {
    throw new HiveError('invalid_input', 'The body is not whole, valid gzip.', { cause });
  }
}

import { pipeline, Readable, type Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate, createInflateRaw } from 'node:zlib';
import { GZIP_MAGIC, startsWith } from './refuse-packed.ts';
import { ZSTD_MAGIC } from './split-zstd.ts';
import { UnreadableBodyError } from './unreadable-body.ts';
import { unzstd } from './unzstd.ts';

/** More layers than any honest proxy puts on. */
const MAX_LAYERS = 4;

/**
 * The plain bytes of a body with this `content-encoding`: gzip, br, zstd and deflate (with zlib's header or raw) are
 * decoded, also one upon the other. Bytes decide where a label lies. Rejects with an UnreadableBodyError when nothing
 * can be decoded; a later fault breaks the stream. What is compressed under no label stays so: see `refusePacked`.
 */
export async function readEncoding(body: Readable, label: string): Promise<Readable> {
  const layers = label
    .split(',')
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== '' && name !== 'identity');
  if (layers.length === 0) return body;
  try {
    if (layers.length > MAX_LAYERS) throw new UnreadableBodyError(label);
    let plain = body;
    // The last that was put on comes off first (RFC 9110, 8.4).
    for (const layer of layers.toReversed()) plain = await openLayer(plain, layer);
    return plain;
  } catch (cause) {
    body.on('error', () => {}).destroy();
    throw cause instanceof UnreadableBodyError ? cause : new UnreadableBodyError(label, { cause });
  }
}

async function openLayer(body: Readable, name: string): Promise<Readable> {
  const { head, whole } = await peek(body);
  const decoded = decode(whole, { name, head });
  // A decoder reports at once whether it can read the beginning.
  return decoded === whole ? whole : (await peek(decoded)).whole;
}

/** The body without an encoding; unchanged when its bytes are not encoded. */
function decode(body: Readable, { name, head }: { name: string; head: Buffer }): Readable {
  if (head.length === 0) return body;
  if (startsWith(head, GZIP_MAGIC)) return chain(body, createGunzip());
  if (startsWith(head, ZSTD_MAGIC)) return Readable.from(unzstd(body), { objectMode: false });
  if (name === 'gzip' || name === 'x-gzip' || name === 'zstd') return body;
  if (name === 'br') return chain(body, createBrotliDecompress());
  if (name !== 'deflate') throw new UnreadableBodyError(name);
  return chain(body, isZlib(head) ? createInflate() : createInflateRaw());
}

/** RFC 1950: the method in the low bits of the first byte, and a check over both. */
function isZlib(head: Buffer): boolean {
  const [first = 0, second = 0] = head;
  return (first & 0x0f) === 8 && ((first << 8) | second) % 31 === 0;
}

/** The first bytes of a body, and all of it: nothing is lost. Rejects when it fails before that. */
async function peek(body: Readable): Promise<{ head: Buffer; whole: Readable }> {
  const chunks = body[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  let head = Buffer.alloc(0);
  while (head.length < ZSTD_MAGIC.length) {
    const next = await chunks.next();
    if (next.done === true) break;
    head = Buffer.concat([head, next.value]);
  }
  const whole = Readable.from(
    (async function* () {
      if (head.length > 0) yield head;
      yield* { [Symbol.asyncIterator]: () => chunks };
    })(),
    { objectMode: false },
  );
  return { head, whole };
}

/** Whichever end breaks, the other one does too; the reader of the last stream is told. */
function chain(from: Readable, to: Transform): Transform {
  pipeline(from, to, () => {});
  return to;
}

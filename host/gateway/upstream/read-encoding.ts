import { pipeline, Readable, Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate, createInflateRaw } from 'node:zlib';

/** More layers than any honest proxy puts on. */
const MAX_LAYERS = 4;
const GZIP = Buffer.from([0x1f, 0x8b]);
const ZSTD = Buffer.from([0x28, 0xb5, 0x2f, 0xfd]);

/** An answer in an encoding that cannot be checked for the key, and so is not passed on. */
export class UnreadableAnswerError extends Error {
  override readonly name = 'UnreadableAnswerError';
}

/**
 * The plain bytes of an answer. We ask for no encoding, but a proxy in between may compress all the same: gzip, br and
 * deflate (with zlib's header or raw) are read, also one upon the other. Bytes decide where a label lies.
 * Rejects with UnreadableAnswerError when nothing can be read; what breaks later breaks the stream.
 */
export async function readEncoding(body: Readable, label: string): Promise<Readable> {
  const layers = label
    .split(',')
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== '' && name !== 'identity');
  // Not waited for here: an answer's head must not wait for its first word.
  if (layers.length === 0) return chain(body, refusePacked());
  try {
    if (layers.length > MAX_LAYERS) throw new UnreadableAnswerError(label);
    let plain = body;
    // The last that was put on comes off first (RFC 9110, 8.4).
    for (const layer of layers.toReversed()) plain = await openLayer(plain, layer);
    return chain(plain, refusePacked());
  } catch (cause) {
    body.on('error', () => {}).destroy();
    throw cause instanceof UnreadableAnswerError ? cause : new UnreadableAnswerError(label, { cause });
  }
}

async function openLayer(body: Readable, name: string): Promise<Readable> {
  const { head, whole } = await peek(body);
  const unpack = unpackerOf(name, head);
  // A decoder says at once whether it can read the beginning.
  return unpack === null ? whole : (await peek(chain(whole, unpack))).whole;
}

/** What takes an encoding off; null when the bytes are none of it. */
function unpackerOf(name: string, head: Buffer): Transform | null {
  if (head.length === 0) return null;
  if (startsWith(head, GZIP)) return createGunzip();
  if (name === 'gzip' || name === 'x-gzip') return null;
  if (name === 'br') return createBrotliDecompress();
  if (name !== 'deflate') throw new UnreadableAnswerError(name);
  return isZlib(head) ? createInflate() : createInflateRaw();
}

/** RFC 1950: the method in the low bits of the first byte, and a check over both. */
function isZlib(head: Buffer): boolean {
  const [first = 0, second = 0] = head;
  return (first & 0x0f) === 8 && ((first << 8) | second) % 31 === 0;
}

function startsWith(bytes: Buffer, magic: Buffer): boolean {
  return bytes.subarray(0, magic.length).equals(magic);
}

/** The first bytes of a body, and all of it: nothing is lost. Rejects when it fails before that. */
async function peek(body: Readable): Promise<{ head: Buffer; whole: Readable }> {
  const chunks = body[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  let head = Buffer.alloc(0);
  while (head.length < ZSTD.length) {
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

/** Compressed bytes under no label cannot be looked through for the key: such an answer breaks off. */
function refusePacked(): Transform {
  let looked = false;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      const packed = !looked && (startsWith(chunk, GZIP) || startsWith(chunk, ZSTD));
      looked = true;
      if (packed) done(new UnreadableAnswerError('compressed without a label'));
      else done(null, chunk);
    },
  });
}

/** Whichever end breaks, the other one does too; the reader of the last stream is told. */
function chain(from: Readable, to: Transform): Transform {
  pipeline(from, to, () => {});
  return to;
}

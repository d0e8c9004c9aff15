import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { storeZstd, windowHead } from './fixtures/zstd.ts';
import { readEncoding } from './read-encoding.ts';
import { refusePacked } from './refuse-packed.ts';
import { UnreadableBodyError } from './unreadable-body.ts';

const PLAIN = `{"type":"error","error":{"message":"${'slow down '.repeat(2_000)}"}}`;

/** Cut into pieces, the first of one byte, as a network may. */
function cut(bytes: Buffer): Readable {
  const pieces = [bytes.subarray(0, 1)];
  for (let at = 1; at < bytes.length; at += 700) pieces.push(bytes.subarray(at, at + 700));
  return Readable.from(pieces, { objectMode: false });
}

const read = async (bytes: Buffer, label: string) => text(await readEncoding(cut(bytes), label));

describe('is read', () => {
  test.each<[string, Buffer]>([
    ['', Buffer.from(PLAIN)],
    ['identity', Buffer.from(PLAIN)],
    ['gzip', gzipSync(PLAIN)],
    ['X-GZIP', gzipSync(PLAIN)],
    ['br', brotliCompressSync(PLAIN)],
    ['deflate', deflateSync(PLAIN)],
    ['deflate', deflateRawSync(PLAIN)],
    ['zstd', storeZstd(Buffer.from(PLAIN))],
    ['gzip, zstd', storeZstd(gzipSync(PLAIN))],
    ['gzip, br', brotliCompressSync(gzipSync(PLAIN))],
    ['deflate, identity, gzip', gzipSync(deflateRawSync(PLAIN))],
    // Labels that lie.
    ['gzip', Buffer.from(PLAIN)],
    ['br', gzipSync(PLAIN)],
    ['zstd', gzipSync(PLAIN)],
    ['zstd', Buffer.from(PLAIN)],
    ['gzip', storeZstd(Buffer.from(PLAIN))],
  ])('%s', async (label, bytes) => {
    expect(await read(bytes, label)).toBe(PLAIN);
  });

  test('an empty body under any label', async () => {
    expect(await text(await readEncoding(Readable.from([], { objectMode: false }), 'br'))).toBe('');
  });
});

describe('is refused', () => {
  test.each<[string, Buffer]>([
    ['zstd', Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0, 0])],
    ['zstd', windowHead(31)],
    ['compress', Buffer.from('x'.repeat(99))],
    ['br', Buffer.from(PLAIN)],
    ['deflate', Buffer.from(PLAIN)],
    ['gzip, gzip, gzip, gzip, gzip', gzipSync(PLAIN)],
  ])('%s', async (label, bytes) => {
    const body = cut(bytes);
    await expect(readEncoding(body, label)).rejects.toMatchObject({ name: 'UnreadableBodyError' });
    expect(body.destroyed).toBe(true);
  });

  // Vulnerability: what is compressed cannot be looked through for the key. Scenario: an answer that says nothing of it.
  test.each([[gzipSync('sk-ant-secret')], [Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 1, 2, 3])]])(
    'compressed bytes without a label do not pass, however they are cut',
    (bytes) => {
      for (const pieces of [[bytes], [...bytes].map((byte) => Buffer.from([byte]))]) {
        const { take } = refusePacked();
        expect(() => pieces.map(take)).toThrow(UnreadableBodyError);
      }
    },
  );
});

test('what breaks off in the middle breaks off for the reader', async () => {
  const packed = gzipSync(randomBytes(300_000));
  const body = await readEncoding(cut(packed.subarray(0, packed.length - 500)), 'gzip');
  await expect(text(body)).rejects.toThrow();
});

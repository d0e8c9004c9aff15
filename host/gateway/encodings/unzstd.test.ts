import { buffer } from 'node:stream/consumers';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BOMB_BLOCK, BOMB_HEAD, PACKED, PACKED_TEXT, storeZstd, windowHead } from './fixtures/zstd.ts';
import { unzstd } from './unzstd.ts';

const fast = Buffer.from(PACKED.fast, 'base64');
const small = Buffer.from(PACKED.small, 'base64');
const read = async (...chunks: Buffer[]) => String(await buffer(unzstd(streamOf(chunks))));

async function* streamOf(chunks: Iterable<Buffer>): AsyncGenerator<Buffer> {
  yield* chunks;
}

describe('what zstd made is decoded', () => {
  test.each([
    ['with size and checksum', fast, PACKED_TEXT],
    ['without either', small, PACKED_TEXT],
    ['in several frames', Buffer.concat([fast, small, fast]), PACKED_TEXT.repeat(3)],
    ['without compression', storeZstd(Buffer.from(PACKED_TEXT)), PACKED_TEXT],
    ['in several blocks', storeZstd(Buffer.alloc(300_000, 'ab')), 'ab'.repeat(150_000)],
    ['of two bytes', storeZstd(Buffer.from('ab')), 'ab'],
    ['of nothing', storeZstd(Buffer.alloc(0)), ''],
    ['of nothing, in a frame before another one', Buffer.concat([storeZstd(Buffer.alloc(0)), fast]), PACKED_TEXT],
  ])('%s', async (_, packed, text) => {
    expect(await read(packed)).toBe(text);
  });

  test('however its bytes are split (property)', async () => {
    const packed = Buffer.concat([storeZstd(Buffer.from('ab')), fast, small]);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 0, max: packed.length }), { maxLength: 20 }), async (cuts) => {
        const at = [0, ...cuts.sort((a, b) => a - b), packed.length];
        expect(await read(...at.slice(1).map((end, i) => packed.subarray(at[i], end)))).toBe(
          `ab${PACKED_TEXT}${PACKED_TEXT}`,
        );
      }),
      { numRuns: 100 },
    );
  });
});

describe('is refused', () => {
  test.each([
    ['a frame that ends early', fast.subarray(0, -5)],
    ['a frame without its checksum', fast.subarray(0, -4)],
    ['bytes behind the last frame', Buffer.concat([fast, Buffer.from('more')])],
    ['a block of the reserved type', Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0, 0x50, 0x07, 0, 0])],
    ['a dictionary', Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 1, 0x50, 7])],
    ['another format', Buffer.from('{"model":"m"}')],
  ])('%s', async (_, packed) => {
    await expect(read(packed)).rejects.toMatchObject({ name: 'UnreadableBodyError' });
  });

  test('a block that is damaged', async () => {
    const damaged = Buffer.from(small);
    damaged.fill(0xff, 12, 40);
    await expect(read(damaged)).rejects.toThrow();
  });
});

/**
 * Vulnerability: a decoder takes as much memory as the encoded bytes say. Scenario: an agent sends a few bytes that
 * claim a window of 2 GiB, in the first frame or a later one, or that decode to 128 KiB for each 4 bytes. Verified: such
 * a window is refused before it exists, and no more is decoded than the reader takes.
 */
describe('a bomb', () => {
  test.each([
    ['the first frame', windowHead(31)],
    ['a later frame', Buffer.concat([fast, windowHead(31)])],
    ['a frame of one segment', Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0xe0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0])],
  ])('that needs a large window in %s is refused', async (_, packed) => {
    await expect(read(packed)).rejects.toThrow('window over 8 MiB');
  });

  test('that expands for ever is decoded no further than it is read', async () => {
    let sent = 0;
    async function* endless(): AsyncGenerator<Buffer> {
      yield BOMB_HEAD;
      for (; ; sent += 1) yield Buffer.concat(Array.from({ length: 64 }, () => BOMB_BLOCK));
    }
    let bytes = 0;
    for await (const chunk of unzstd(endless())) {
      expect(chunk.length).toBeLessThanOrEqual(1024 * 1024);
      bytes += chunk.length;
      if (bytes > 4 * 1024 * 1024) break;
    }
    expect(sent).toBeLessThan(2);
  });
});

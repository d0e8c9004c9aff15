import { PassThrough, Readable } from 'node:stream';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createLineReader, linesOf, readLines } from './read-lines.ts';

function read(chunks: readonly Buffer[], maxBytes: number, onLong: 'split' | 'head' = 'head') {
  const seen: string[] = [];
  const reader = createLineReader({
    maxBytes,
    onLine: (line) => seen.push(line),
    onLong: onLong === 'split' ? 'split' : (head) => seen.push(`LONG ${head}`),
  });
  for (const chunk of chunks) reader.push(chunk);
  reader.end();
  return seen;
}

function inSteps(bytes: Buffer, step: number): Buffer[] {
  return Array.from({ length: Math.ceil(bytes.length / step) }, (_, at) => bytes.subarray(at * step, (at + 1) * step));
}

const texts = fc.array(fc.constantFrom('a', 'é', '€', '🎉', ' '), { maxLength: 30 }).map((chars) => chars.join(''));

describe('lines', () => {
  test('are the same however the stream is split, characters of several bytes included', () => {
    fc.assert(
      fc.property(fc.array(texts), fc.integer({ min: 1, max: 7 }), (lines, step) => {
        const bytes = Buffer.from(lines.map((text) => `${text}\n`).join(''));
        expect(read(inSteps(bytes, step), 1_000)).toEqual(lines);
      }),
    );
  });

  test('that are too long come in pieces of whole characters, with `split`', () => {
    fc.assert(
      fc.property(texts, fc.integer({ min: 4, max: 20 }), fc.integer({ min: 1, max: 50 }), (line, maxBytes, step) => {
        const pieces = read(inSteps(Buffer.from(`${line}\nnext`), step), maxBytes, 'split');
        expect(pieces.join('|').replaceAll('|', '')).toBe(`${line}next`);
        for (const piece of pieces) expect(Buffer.byteLength(piece)).toBeLessThanOrEqual(maxBytes);
        expect(pieces.join('')).not.toContain('\uFFFD');
      }),
    );
  });

  test('that are too long are dropped except for their beginning, and the next one is whole', () => {
    expect(read([Buffer.from('abc'), Buffer.from('def\nok\nabcdefg')], 5)).toEqual([
      'LONG abcdef',
      'ok',
      'LONG abcdefg',
    ]);
  });

  test('that are too long are cut to a KiB, however they arrive', () => {
    for (const step of [1, 700, 5_000])
      expect(read(inSteps(Buffer.from('x'.repeat(5_000)), step), 2_000)).toEqual([`LONG ${'x'.repeat(1_024)}`]);
  });

  test('of bytes that are not UTF-8 come, too', () => {
    expect(read([Buffer.alloc(9, 0x80)], 4, 'split').join('')).toBe('\uFFFD'.repeat(9));
  });
});

test('a stream that breaks yields its last line and its end, once', async () => {
  const seen: string[] = [];
  const stream = new PassThrough();
  readLines(stream, {
    maxBytes: 100,
    onLong: 'split',
    onLine: (line) => seen.push(line),
    onEnd: () => seen.push('END'),
  });
  stream.write('one\n\ntw');
  await new Promise((resolve) => setImmediate(resolve));
  stream.destroy(new Error('broken'));
  await new Promise((resolve) => stream.once('close', resolve));
  expect(seen).toEqual(['one', '', 'tw', 'END']);
});

test('lines are read one by one, and no further than they are consumed', async () => {
  let produced = 0;
  const source = Readable.from(
    (function* () {
      for (; produced < 1_000; produced += 1) yield Buffer.from(`line ${produced}\n`);
    })(),
    { highWaterMark: 1, objectMode: true },
  );
  for await (const line of linesOf(source, 100)) if (line === 'line 3') break;
  expect(produced).toBeLessThan(10);
  expect(source.destroyed).toBe(true);
});

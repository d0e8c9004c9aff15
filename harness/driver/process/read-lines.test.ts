import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { createLineReader } from './read-lines.ts';

function read(chunks: Buffer[], maxBytes: number) {
  const seen: string[] = [];
  const reader = createLineReader(
    { onLine: (line) => seen.push(line), onOversize: (head) => seen.push(`OVERSIZE ${head}`) },
    maxBytes,
  );
  for (const chunk of chunks) reader.push(chunk);
  reader.end();
  return seen;
}

test('lines are the same however the stream is cut, characters of many bytes included', () => {
  const line = fc
    .string({ unit: 'grapheme', maxLength: 30 })
    .filter((text) => text.trim() !== '' && !/[\n\r]/.test(text));
  fc.assert(
    fc.property(fc.array(line), fc.integer({ min: 1, max: 7 }), (lines, step) => {
      const bytes = Buffer.from(lines.map((text) => `${text}\n`).join(''));
      const chunks = Array.from({ length: Math.ceil(bytes.length / step) }, (_, at) =>
        bytes.subarray(at * step, (at + 1) * step),
      );
      expect(read(chunks, 1_000)).toEqual(lines);
    }),
  );
});

test('a line that is too long is thrown away but for its beginning, and the next one is whole', () => {
  expect(read([Buffer.from('abc'), Buffer.from('def\nok\nabcdefg')], 5)).toEqual([
    'OVERSIZE abcdef',
    'ok',
    'OVERSIZE abcdefg',
  ]);
});

test('of a line that is too long no more than its first KiB is kept, however it comes', () => {
  const line = 'x'.repeat(5_000);
  for (const step of [1, 700, 5_000]) {
    const chunks = Array.from({ length: Math.ceil(5_000 / step) }, (_, at) =>
      Buffer.from(line.slice(at * step, (at + 1) * step)),
    );
    expect(read(chunks, 2_000)).toEqual([`OVERSIZE ${'x'.repeat(1_024)}`]);
  }
});

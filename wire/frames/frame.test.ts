import { array, assert, jsonValue, nat, property } from 'fast-check';
import { expect, test } from 'vitest';
import { encodeFrames, FrameReader } from './frame.ts';

function readAll(reader: FrameReader): unknown[] {
  const values: unknown[] = [];
  for (let frame = reader.next(); frame !== null; frame = reader.next()) values.push(frame.value);
  return values;
}

test('frames are decoded unchanged, however the bytes were split', () => {
  assert(
    property(array(jsonValue(), { maxLength: 20 }), array(nat(200)), (values, cuts) => {
      const bytes = encodeFrames(values.map((value) => JSON.stringify(value)));
      const reader = new FrameReader(1024 * 1024);
      const seen: unknown[] = [];
      let at = 0;
      for (const size of [...cuts, bytes.length]) {
        reader.push(bytes.subarray(at, at + size));
        at = Math.min(bytes.length, at + size);
        seen.push(...readAll(reader));
      }
      expect(JSON.stringify(seen)).toBe(JSON.stringify(values));
      expect(reader.isPartial).toBe(false);
    }),
  );
});

test('text outside Latin-1 is counted in bytes', () => {
  const reader = new FrameReader(1_000);
  reader.push(encodeFrames([JSON.stringify(['日本', '🐝'])]));
  expect(readAll(reader)).toEqual([['日本', '🐝']]);
});

test.each([
  ['a length of 4 GiB', Buffer.from([0xff, 0xff, 0xff, 0xff]), 'payload_too_large'],
  ['one byte too many', encodeFrames(['"x"'.padEnd(101)]), 'payload_too_large'],
  ['no JSON', encodeFrames(['{"half":']), 'invalid_json'],
  ['nothing at all', Buffer.alloc(4), 'invalid_json'],
  ['no UTF-8', Buffer.from([0, 0, 0, 4, 0x22, 0xff, 0xfe, 0x22]), 'invalid_json'],
])('%s is refused', (_what, bytes, code) => {
  const reader = new FrameReader(100);
  reader.push(bytes);
  expect(() => reader.next()).toThrow(expect.objectContaining({ code }) as Error);
});

test('a frame of exactly the limit passes', () => {
  const reader = new FrameReader(100);
  reader.push(encodeFrames(['"x"'.padEnd(100)]));
  expect(readAll(reader)).toEqual(['x']);
});

import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { createSecretFinder, MOST_FOUND } from './find-secrets.ts';

const MIB = 1024 * 1024;
const VALUE = 'tQ7/z+k "2mVt9"_wZx31bN';

function find(chunks: readonly Uint8Array[], secrets = [{ name: 'TOKEN', value: VALUE }]) {
  const search = createSecretFinder(secrets).open();
  for (const chunk of chunks) search.push(chunk);
  search.end();
  return search.found;
}

test('says where a secret begins, also in an encoding, and in order', () => {
  const bytes = Buffer.from(`ab${VALUE} ${Buffer.from(VALUE).toString('hex')}`);
  expect(find([bytes])).toEqual([
    { name: 'TOKEN', at: 2 },
    { name: 'TOKEN', at: 3 + VALUE.length },
  ]);
});

test('finds nothing in other bytes, in none, and without secrets', () => {
  expect(find([Buffer.alloc(3 * MIB, 'a')])).toEqual([]);
  expect(find([])).toEqual([]);
  expect(find([Buffer.from(VALUE)], [])).toEqual([]);
});

test('a secret at the border of two batches is found once, at its place', () => {
  for (const before of [MIB - VALUE.length, MIB - 5, MIB - 1, MIB, 2 * MIB - 7])
    expect(find([Buffer.alloc(before, ' '), Buffer.from(VALUE), Buffer.alloc(MIB, ' ')])).toEqual([
      { name: 'TOKEN', at: before },
    ]);
});

test('base64 in lines is found across the border of two batches', () => {
  const lines = Buffer.from(VALUE).toString('base64').replace(/.{19}/g, '$&\n  ');
  for (const before of [MIB - 1, MIB - 12, MIB - 21])
    expect(find([Buffer.alloc(before, ' '), Buffer.from(lines)])).toEqual([{ name: 'TOKEN', at: before }]);
});

test('a secret in another one that continues in the next batch is reported once', () => {
  const secrets = [
    { name: 'LONG', value: 'inner-value and more of it' },
    { name: 'INNER', value: 'inner-value' },
  ];
  const found = find([Buffer.alloc(MIB - 15, ' '), Buffer.from('inner-value and more of it')], secrets);
  expect(found.map(({ name }) => name).sort()).toEqual(['INNER', 'LONG']);
});

test('stops at a number of places', () => {
  const search = createSecretFinder([{ name: 'TOKEN', value: VALUE }]).open();
  search.push(Buffer.from(VALUE.repeat(2 * MOST_FOUND)));
  search.end();
  expect([search.found.length, search.isFull]).toEqual([MOST_FOUND, true]);
});

test('finds the same however the stream is cut (property)', () => {
  const text = Buffer.from(`x${VALUE}y\n${Buffer.from(VALUE).toString('base64')}`);
  const whole = find([text]);
  fc.assert(
    fc.property(fc.array(fc.nat({ max: text.length })), (cuts) => {
      const ends = [...cuts.sort((a, b) => a - b), text.length];
      expect(find(ends.map((end, index) => text.subarray(ends[index - 1] ?? 0, end)))).toEqual(whole);
    }),
  );
});

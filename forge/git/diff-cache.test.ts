import { expect, test } from 'vitest';
import { createDiffCache } from './diff-cache.ts';

function count() {
  const read: string[] = [];
  return {
    read,
    of:
      (key: string, chars = 40) =>
      async () => (read.push(key), { text: 'x'.repeat(chars), isCut: false }),
  };
}

test('a diff is read once while it is kept, also by concurrent readers; the ones not asked for longest go', async () => {
  const cache = createDiffCache(100);
  const { read, of } = count();
  await Promise.all([cache.read('a', of('a')), cache.read('a', of('a'))]);
  await cache.read('b', of('b'));
  await cache.read('a', of('a'));
  await cache.read('c', of('c'));
  await cache.read('a', of('a'));
  await cache.read('b', of('b'));
  expect(read).toEqual(['a', 'b', 'c', 'b']);
  // A larger one than all is not kept.
  await cache.read('d', of('d', 101));
  await cache.read('d', of('d', 101));
  expect(read.slice(4)).toEqual(['d', 'd']);
});

test('a failure is not kept', async () => {
  const cache = createDiffCache(100);
  await expect(cache.read('a', async () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  const { read, of } = count();
  await cache.read('a', of('a'));
  expect(read).toEqual(['a']);
});

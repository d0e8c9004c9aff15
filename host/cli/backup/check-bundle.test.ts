import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { checkBundle } from './check-bundle.ts';

const REFS = `# v2 git bundle\n${'a'.repeat(40)} refs/heads/main\n${'b'.repeat(40)} refs/pull/1/head\n${'a'.repeat(40)} HEAD\n\n`;
const pack = Buffer.from(`PACK${'x'.repeat(500)}`);
const whole = Buffer.concat([Buffer.from(REFS), pack, createHash('sha1').update(pack).digest()]);

function check(bytes: Buffer, step: number): { refs: number } {
  const bundle = checkBundle();
  for (let at = 0; at < bytes.length; at += step) bundle.add(bytes.subarray(at, at + step));
  return bundle.end();
}

test.each([1, 7, 19, 20, 21, 10_000])('a whole bundle in pieces of %i bytes', (step) => {
  expect(check(whole, step)).toEqual({ refs: 2 });
});

test('one that ends early anywhere, or has one wrong byte or one too many, is not whole', () => {
  for (const length of [0, 10, 80, REFS.length, REFS.length + 3, whole.length - 21, whole.length - 1])
    expect(() => check(whole.subarray(0, length), 64)).toThrow(/no whole bundle/);
  const wrong = Buffer.from(whole);
  wrong[REFS.length + 100]! ^= 1;
  expect(() => check(wrong, 64)).toThrow(/checksum/);
  expect(() => check(Buffer.concat([whole, Buffer.from('x')]), 64)).toThrow(/checksum/);
});

test('one that needs commits from elsewhere is refused', () => {
  const text = REFS.replace('\n', `\n-${'c'.repeat(40)} before\n`);
  expect(() => check(Buffer.concat([Buffer.from(text), whole.subarray(REFS.length)]), 64)).toThrow(/needs commits/);
});

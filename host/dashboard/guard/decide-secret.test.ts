import { expect, test } from 'vitest';
import { mayCarrySecret } from './decide-secret.ts';

test.each([
  ['https://hive.example', true],
  ['http://127.0.0.1:7780', true],
  ['http://localhost:7780', true],
  ['http://[::1]:7780', true],
  ['http://hive.example', false],
  ['http://127.0.0.1.example', false],
  ['http://192.168.1.5:7780', false],
  ['null', false],
  [undefined, false],
])('a page at %s may send a key: %s', (origin, may) => {
  expect(mayCarrySecret(origin)).toBe(may);
});

import { expect, test } from 'vitest';
import { createThrottle } from './throttle.ts';

test('the same report passes once in its time, another one beside it', () => {
  let time = 0;
  const passes = createThrottle(() => time, 1_000);
  expect([passes('a'), passes('a'), passes('b')]).toEqual([true, false, true]);
  time = 999;
  expect(passes('a')).toBe(false);
  time = 1_000;
  expect([passes('a'), passes('a')]).toEqual([true, false]);
});

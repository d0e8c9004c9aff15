import { expect, test } from 'vitest';
import { isThrashing } from './compactions.ts';

test.each([
  ['none', [], false],
  ['two', [10, 10], false],
  ['three without work between them', [10, 11, 13], true],
  ['three with work between two of them', [10, 11, 14], false],
  ['the last three of four', [0, 50, 51, 52], true],
])('compactions: %s', (_name, calls, thrashes) => {
  expect(isThrashing(calls)).toBe(thrashes);
});

import { expect, test } from 'vitest';
import { isHopeless, nextTry } from './after-try.ts';

const DAY_MS = 24 * 3_600_000;

test('pauses between the tries of a delivery double, and the twelfth is the last', () => {
  expect([1, 2, 3, 11].map((attempts) => nextTry(attempts, 0, 0))).toEqual([30_000, 60_000, 120_000, 6 * 3_600_000]);
  expect(nextTry(12, 0, 0)).toBeNull();
});

test('a webhook is disabled after a week without a success', () => {
  expect(isHopeless(null, 100 * DAY_MS)).toBe(false);
  expect(isHopeless(0, 7 * DAY_MS - 1)).toBe(false);
  expect(isHopeless(0, 7 * DAY_MS)).toBe(true);
});

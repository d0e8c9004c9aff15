import { expect, test } from 'vitest';
import { afterFailure, dueAfterSuccess } from './after-try.ts';

const HOUR_MS = 3_600_000;
const tried = { everyMs: HOUR_MS, failures: 0, isTold: false };

test('a pull mirror is due after its interval, give or take five percent; a push mirror at once', () => {
  expect(dueAfterSuccess(tried, 1_000, 0)).toBe(1_000 + 0.95 * HOUR_MS);
  expect(dueAfterSuccess(tried, 1_000, 1)).toBe(1_000 + 1.05 * HOUR_MS);
  expect(dueAfterSuccess({ everyMs: null }, 1_000, 0.5)).toBe(1_000);
});

test('pauses after failures double up to six hours', () => {
  const pause = (failures: number) =>
    afterFailure({ ...tried, failures }, { needsOperator: false }, { now: 0, random: 0 }).dueAt;
  expect([0, 1, 2, 30].map(pause)).toEqual([60_000, 120_000, 240_000, 6 * HOUR_MS]);
});

test('the operator is told once in an outage: at once of what does not pass by itself, else at the third failure', () => {
  const tells = (failures: number, needsOperator: boolean, isTold = false) =>
    afterFailure({ ...tried, failures, isTold }, { needsOperator }, { now: 0, random: 0 }).tell;
  expect([0, 1, 2, 3].map((failures) => tells(failures, false))).toEqual([false, false, true, true]);
  expect(tells(0, true)).toBe(true);
  expect(tells(5, true, true)).toBe(false);
});

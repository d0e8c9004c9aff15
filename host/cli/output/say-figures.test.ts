import { expect, test } from 'vitest';
import { sayAgo, sayCost, sayCount, saySince, saySpan, sayUntil } from './say-figures.ts';

test('counts stay short', () => {
  expect([0, 999, 1_000, 9_949, 34_200, 999_499, 999_500, 5_600_000].map(sayCount)).toEqual([
    '0',
    '999',
    '1.0k',
    '9.9k',
    '34k',
    '999k',
    '1.0M',
    '5.6M',
  ]);
});

test('small amounts of money are marked, and calls without a price do not hide the known sum', () => {
  const say = (costUsd: number, unpricedCalls = 0) => sayCost({ costUsd, unpricedCalls });
  expect([say(0), say(0.004), say(1.239)]).toEqual(['$0', '<$0.01', '$1.24']);
  expect([say(1.9, 1), say(0.004, 1), say(0, 3)]).toEqual([
    '≥ $1.90, 1 call unpriced',
    '> $0, 1 call unpriced',
    '–, 3 calls unpriced',
  ]);
});

test('durations have one or two units', () => {
  expect(sayAgo(0, 400)).toBe('now');
  expect(sayAgo(0, 65_000)).toBe('1m');
  expect([0, 65_000].map((now) => saySince(0, now))).toEqual(['now', '1m ago']);
  expect(sayUntil(90_000, 0)).toBe('in 1m 30s');
  expect(sayUntil(1, 2)).toBe('now');
  expect(saySpan(40)).toBe('40ms');
  expect(saySpan(1_240)).toBe('1.2s');
});

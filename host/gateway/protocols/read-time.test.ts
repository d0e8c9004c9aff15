import { expect, test } from 'vitest';
import { readRetryAfter, readTime } from './read-time.ts';

test.each([
  ['30', 1_030_000],
  [' 30 ', 1_030_000],
  ['1.5', 1_001_500],
  ['Fri, 01 Jan 2100 00:00:00 GMT', 4_102_444_800_000],
  ['2100-01-01T00:00:00Z', 4_102_444_800_000],
  ['4102444800', 4_102_444_800_000],
  ['4102444800000', 4_102_444_800_000],
  ['410244480000000', null],
  ['-1', null],
  ['call 5', null],
  ['soon', null],
  ['', null],
])('%j is %j', (text, time) => {
  expect(readTime(text, 1_000_000)).toBe(time);
});

test('a duration is not accepted where a point in time is required', () => {
  expect(readTime('12', null)).toBeNull();
  expect(readTime('4102444800', null)).toBe(4_102_444_800_000);
});

test('an overlong header is not parsed', () => {
  expect(readRetryAfter({ 'retry-after': '1'.repeat(65) }, 0)).toBeNull();
  expect(readRetryAfter({}, 0)).toBeNull();
});

import { expect, test } from 'vitest';
import { readLimit, readSpan } from './limits.ts';

const NOW = 1_000_000;
const limit = (headers: Record<string, string>, error: object = {}) =>
  readLimit({ status: 429, headers, body: JSON.stringify({ error }) }, NOW);

test('the end of a usage limit is taken from the body', () => {
  expect(limit({}, { type: 'usage_limit_reached', resets_at: 4_102_444_800 })).toEqual({
    kind: 'quota',
    until: 4_102_444_800_000,
  });
});

test('exhausted credit is a limit without an end', () => {
  expect(limit({}, { code: 'insufficient_quota', type: 'insufficient_quota' })).toEqual({ kind: 'quota', until: null });
});

test('a rate limit ends by retry-after, else by the reset header of what is exhausted, else by the time in the message', () => {
  const headers = {
    'x-ratelimit-remaining-requests': '0',
    'x-ratelimit-reset-requests': '7s',
    'x-ratelimit-remaining-tokens': '0',
    'x-ratelimit-reset-tokens': '1m30s',
  };
  const error = { code: 'rate_limit_exceeded', message: 'Rate limit reached. Please try again in 3.5s.' };
  expect(limit({ ...headers, 'retry-after': '4' }, error)).toEqual({ kind: 'rate', until: NOW + 4_000 });
  expect(limit(headers, error)).toEqual({ kind: 'rate', until: NOW + 90_000 });
  expect(limit({ ...headers, 'x-ratelimit-remaining-tokens': '5' }, error)).toEqual({
    kind: 'rate',
    until: NOW + 7_000,
  });
  expect(limit({}, error)).toEqual({ kind: 'rate', until: NOW + 3_500 });
  expect(limit({}, { message: 'Slow down.' })).toEqual({ kind: 'rate', until: null });
});

test('an overloaded engine (503) limits everybody', () => {
  expect(readLimit({ status: 503, headers: { 'retry-after': '2' }, body: '' }, NOW)).toEqual({
    kind: 'overloaded',
    until: NOW + 2_000,
  });
});

test.each([
  ['7s', 7_000],
  ['120ms', 120],
  ['1m30.5s', 90_500],
  ['1h2m', 3_720_000],
  ['7', null],
  ['s', null],
  ['soon', null],
  ['1s'.repeat(20), null],
])('the span %j is %j ms', (text, ms) => {
  expect(readSpan(text)).toBe(ms);
});

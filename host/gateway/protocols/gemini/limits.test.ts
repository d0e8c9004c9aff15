import { expect, test } from 'vitest';
import { failure } from './fixtures/answers.ts';
import { gemini } from './gemini.ts';
import { readLimit, readRefusal } from './limits.ts';

/** 18:00 in Los Angeles, in summer time. */
const NOW = Date.parse('2026-07-01T18:00:00-07:00');
const MINUTE = { violations: [{ quotaId: 'GenerateRequestsPerMinutePerProjectPerModel-FreeTier' }] };
const DAY = { violations: [{ quotaId: 'GenerateRequestsPerDayPerProjectPerModel-FreeTier' }] };

type Details = Parameters<typeof failure>[1];
const limit = (details: Details, { headers = {}, now = NOW, array = false } = {}) => {
  const body = failure(429, details);
  return readLimit({ status: 429, headers, body: JSON.stringify(array ? [body] : body) }, now);
};

test("a minute's limit ends when its RetryInfo says, else by retry-after", () => {
  const details: Details = [['QuotaFailure', MINUTE], ['RetryInfo', { retryDelay: '34.5s' }]]; // prettier-ignore
  expect(limit(details, { headers: { 'retry-after': '5' } })).toEqual({ kind: 'rate', until: NOW + 34_500 });
  expect(limit(details, { array: true })).toEqual({ kind: 'rate', until: NOW + 34_500 });
  expect(limit([['QuotaFailure', MINUTE]], { headers: { 'retry-after': '5' } })).toEqual({
    kind: 'rate',
    until: NOW + 5_000,
  });
  expect(limit([['RetryInfo', { retryDelay: 'soon' }]])).toEqual({ kind: 'rate', until: null });
});

test("a day's limit ends at midnight Pacific time, whatever its RetryInfo says", () => {
  const details: Details = [['QuotaFailure', MINUTE], ['QuotaFailure', DAY], ['RetryInfo', { retryDelay: '7s' }]]; // prettier-ignore
  expect(limit(details)).toEqual({ kind: 'quota', until: NOW + 6 * 3_600_000 });
  // The night in which winter time begins has 25 hours.
  const now = Date.parse('2026-11-01T00:30:00-07:00');
  expect(limit(details, { now })).toEqual({ kind: 'quota', until: now + 24.5 * 3_600_000 });
});

test('an overloaded model (503) limits everybody', () => {
  expect(readLimit({ status: 503, headers: { 'retry-after': '2' }, body: '' }, NOW)).toEqual({
    kind: 'overloaded',
    until: NOW + 2_000,
  });
});

test('an invalid key is recognised by the reason of a bad request, and no other bad request is about the key', () => {
  const refusal = (reason: string) =>
    readRefusal({ status: 400, headers: {}, body: JSON.stringify(failure(400, [['ErrorInfo', { reason }]])) });
  expect(refusal('API_KEY_INVALID')).toBe('refused');
  expect(refusal('FIELD_INVALID')).toBeNull();
});

test('each model has its own limit, whatever its version', () => {
  expect(['gemini-3-flash', 'gemini-3-flash-001', 'gemini-3-flash-latest'].map(gemini.classOf)).toEqual(
    Array.from({ length: 3 }, () => 'gemini-3-flash'),
  );
});

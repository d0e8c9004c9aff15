import { expect, test } from 'vitest';
import type { BudgetPeriod } from '../../../../../protocol/schemas/budget.ts';
import { spanOf, windowOf } from './windows.ts';

test.each<[Exclude<BudgetPeriod, 'turn'>, string, { now: string; start: string; end: string }]>([
  ['hour', 'UTC', { now: '2026-11-27T10:59:59.999Z', start: '2026-11-27T10:00:00Z', end: '2026-11-27T11:00:00Z' }],
  [
    'hour',
    'Asia/Kathmandu',
    { now: '2026-03-15T12:00:00.500Z', start: '2026-03-15T11:15:00Z', end: '2026-03-15T12:15:00Z' },
  ],
  ['day', 'Europe/Berlin', { now: '2026-11-27T23:00:00Z', start: '2026-11-27T23:00:00Z', end: '2026-11-28T23:00:00Z' }],
  // A day of 23 hours, and one of 25.
  ['day', 'Europe/Berlin', { now: '2026-03-29T12:00:00Z', start: '2026-03-28T23:00:00Z', end: '2026-03-29T22:00:00Z' }],
  ['day', 'Europe/Berlin', { now: '2026-10-25T12:00:00Z', start: '2026-10-24T22:00:00Z', end: '2026-10-25T23:00:00Z' }],
  [
    'month',
    'America/New_York',
    { now: '2026-12-31T23:00:00Z', start: '2026-12-01T05:00:00Z', end: '2027-01-01T05:00:00Z' },
  ],
])('the %s of %s around %o', (per, zone, { now, start, end }) => {
  expect(windowOf(per, Date.parse(now), zone)).toEqual({ start: Date.parse(start), end: Date.parse(end) });
});

test('the whole time has no end', () => {
  expect(windowOf('total', Date.now(), 'UTC')).toEqual({ start: 0, end: null });
});

test('today, this week and this month begin at midnight, on Monday, on the first', () => {
  const now = Date.parse('2026-11-27T10:00:00Z');
  expect(spanOf('today', now, 'UTC')).toEqual({
    start: Date.parse('2026-11-27T00:00:00Z'),
    end: Date.parse('2026-11-28T00:00:00Z'),
  });
  expect(spanOf('week', now, 'UTC').start).toBe(Date.parse('2026-11-23T00:00:00Z'));
  expect(spanOf('month', now, 'Europe/Berlin').start).toBe(Date.parse('2026-10-31T23:00:00Z'));
});

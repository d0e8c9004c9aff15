import { expect, test } from 'vitest';
import { readDueTime } from './due-time.ts';

const NOW = Date.parse('2026-03-01T12:00:00Z');

test('a time is a number of seconds from now, or a date with its offset', () => {
  expect(readDueTime({ in_seconds: 90 }, NOW)).toBe(NOW + 90_000);
  expect(readDueTime({ at: '2026-03-01T13:00:01+01:00' }, NOW)).toBe(NOW + 1_000);
  expect(readDueTime({}, NOW)).toBeNull();
});

test('a past time, or the present one, is refused with the current time', () => {
  for (const at of ['2026-03-01T11:59:59Z', '2026-03-01T12:00:00Z'])
    expect(() => readDueTime({ at }, NOW)).toThrow(
      expect.objectContaining({
        code: 'past_time',
        message: `${at} is in the past. It is 2026-03-01T12:00:00.000Z now.`,
      }),
    );
});

test('giving both is refused', () => {
  expect(() => readDueTime({ in_seconds: 1, at: '2027-01-01T00:00:00Z' }, NOW)).toThrow(
    expect.objectContaining({ code: 'invalid_input' }),
  );
});

import { describe, expect, test } from 'vitest';
import { readDuration } from './read-duration.ts';
import { readTime } from './read-time.ts';

const bounds = { what: '--ttl', from: 10, to: 30 * 86_400 };

describe('a duration as typed', () => {
  test.each([
    ['90s', 90],
    ['10m', 600],
    ['2h', 7_200],
    ['3d', 259_200],
    ['1h30m', 5_400],
    ['1h 30m', 5_400],
    ['1.5h', 5_400],
    ['2 days', 172_800],
    [' 1w ', 604_800],
  ])('%s is %i seconds', (text, seconds) => {
    expect(readDuration(text, bounds)).toBe(seconds);
  });
  test.each(['10', '', '-5m', 'soon', '5 parsecs', '10m!', '1h foo', '1,5h', 'm'])('"%s" is refused', (text) => {
    expect(() => readDuration(text, bounds)).toThrow('--ttl is a duration with its unit, e.g. 90s, 10m, 2h or 3d');
  });
  test('a duration that is too short or too long is refused with the limits', () => {
    expect(() => readDuration('5s', bounds)).toThrow('--ttl is from 10s to 30d, not "5s".');
    expect(() => readDuration('31d', bounds)).toThrow('--ttl is from 10s to 30d, not "31d".');
  });
});

describe('a time as typed', () => {
  test('with an offset is taken as such, without one it is local', () => {
    expect(readTime('2027-01-31T09:00:00Z', '--at')).toBe('2027-01-31T09:00:00.000Z');
    expect(readTime('2027-01-31T09:00:00+02:00', '--at')).toBe('2027-01-31T07:00:00.000Z');
    expect(readTime('2027-01-31T09:00Z', '--at')).toBe('2027-01-31T09:00:00.000Z');
    expect(readTime('2027-01-31 09:00+02:00', '--at')).toBe('2027-01-31T07:00:00.000Z');
    const local = new Date(2027, 0, 31, 9, 0).toISOString();
    expect(readTime('2027-01-31T09:00', '--at')).toBe(local);
    expect(readTime('2027-01-31 09:00:00', '--at')).toBe(local);
  });
  test.each(['2027-02-31T09:00', 'tomorrow', '09:00', '2027-01-31', ''])('"%s" is refused', (text) => {
    expect(() => readTime(text, '--at')).toThrow('--at is a time, e.g. 2027-01-31T09:00 (local)');
  });
});

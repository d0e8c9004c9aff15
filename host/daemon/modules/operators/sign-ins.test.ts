import { expect, test } from 'vitest';
import { decideRenewal } from './sign-ins.ts';

const DAY = 86_400_000;

test('a session in use lasts seven days from its last use, renewed once a day at most', () => {
  expect(decideRenewal({ createdAt: 0, expiresAt: 7 * DAY }, DAY / 2)).toBeNull();
  expect(decideRenewal({ createdAt: 0, expiresAt: 7 * DAY }, DAY)).toBe(8 * DAY);
  expect(decideRenewal({ createdAt: 0, expiresAt: 7 * DAY }, 6 * DAY)).toBe(13 * DAY);
});

test('no session lasts longer than 30 days, however much it is used', () => {
  expect(decideRenewal({ createdAt: 0, expiresAt: 26 * DAY }, 25 * DAY)).toBe(30 * DAY);
  expect(decideRenewal({ createdAt: 0, expiresAt: 30 * DAY }, 29 * DAY)).toBeNull();
});

test('a session of an older version, made for 30 days, is shortened', () => {
  expect(decideRenewal({ createdAt: 0, expiresAt: 30 * DAY }, DAY)).toBe(8 * DAY);
});

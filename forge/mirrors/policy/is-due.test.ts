import { expect, test } from 'vitest';
import { isDue } from './is-due.ts';

const mirror = { dueAt: 100, version: null, refsVersion: 3 };

test('a pull mirror is due at its time; a push mirror then too, if something is not published', () => {
  expect(isDue({ ...mirror, direction: 'pull' }, 99)).toBe(false);
  expect(isDue({ ...mirror, direction: 'pull' }, 100)).toBe(true);
  expect(isDue({ ...mirror, direction: 'push' }, 100)).toBe(true);
  expect(isDue({ ...mirror, direction: 'push', version: 3 }, 100)).toBe(false);
  expect(isDue({ ...mirror, direction: 'push', version: 2 }, 99)).toBe(false);
});

import { expect, test } from 'vitest';
import type { ScheduleAction } from '../../../../protocol/schemas/reminder.ts';
import { readAction } from './schedule-action.ts';

type Asked = { to?: string; action?: ScheduleAction };

test.each<[string, Asked, { to: string; action: ScheduleAction }]>([
  ['scout', {}, { to: 'scout', action: 'wake' }],
  ['scout', { to: 'scout' }, { to: 'scout', action: 'wake' }],
  ['scout', { to: 'coder' }, { to: 'coder', action: 'message' }],
  ['scout', { to: '@children', action: 'task' }, { to: '@children', action: 'task' }],
  ['operator', {}, { to: 'operator', action: 'wake' }],
  ['operator', { to: 'scout', action: 'wake' }, { to: 'scout', action: 'wake' }],
  ['operator', { to: 'scout', action: 'start' }, { to: 'scout', action: 'start' }],
])('of %s, asked %o: %o', (owner, asked, expected) => {
  expect(readAction(owner, asked)).toEqual(expected);
});

test.each<[string, Asked, string]>([
  ['scout', { to: 'coder', action: 'wake' }, 'forbidden'],
  ['scout', { to: '*', action: 'wake' }, 'forbidden'],
  ['scout', { to: 'coder', action: 'start' }, 'forbidden'],
  ['scout', { action: 'start' }, 'forbidden'],
  ['scout', { action: 'message' }, 'invalid_input'],
  ['scout', { action: 'task' }, 'invalid_input'],
  ['operator', { action: 'message' }, 'invalid_input'],
  ['operator', { to: '*', action: 'wake' }, 'invalid_input'],
  ['operator', { to: 'operator', action: 'start' }, 'invalid_input'],
  ['operator', { to: '#news', action: 'start' }, 'invalid_input'],
])('of %s, asked %o: %s', (owner, asked, code) => {
  expect(() => readAction(owner, asked)).toThrow(expect.objectContaining({ code }));
});

import { expect, test } from 'vitest';
import { readWhen, toLocalInput, type WhenDraft } from './reminder-draft.ts';

const NOW = Date.UTC(2026, 0, 31, 9, 0);
const after = (count: string, unit = '60'): WhenDraft => ({ how: 'after', count, unit, moment: '' });
const at = (moment: string): WhenDraft => ({ how: 'at', count: '', unit: '60', moment });

test('a reminder is due after a duration or at a date', () => {
  expect(readWhen(after('1.5', '3600'), NOW)).toEqual({ in_seconds: 5400 });
  const moment = NOW + 7_200_000;
  expect(readWhen(at(toLocalInput(moment)), NOW)).toEqual({ at: new Date(moment).toISOString() });
});

test('an invalid time is refused with the reason', () => {
  expect(readWhen(after(''), NOW)).toEqual({ error: 'Say after how long, in a number above zero.' });
  expect(readWhen(after('-1'), NOW)).toHaveProperty('error');
  expect(readWhen(after('400', '86400'), NOW)).toEqual({ error: 'A reminder is due within a year.' });
  expect(readWhen(at(''), NOW)).toEqual({ error: 'Say at which time.' });
  expect(readWhen(at(toLocalInput(NOW - 60_000)), NOW)).toEqual({ error: 'That time is in the past.' });
});

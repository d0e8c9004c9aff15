import { expect, test } from 'vitest';
import { chooseSessionsToRemove } from './prune-sessions.ts';

const DAY = 86_400_000;
const NOW = 100 * DAY;
const files = [
  { id: 'new', bytes: 50, at: NOW },
  { id: 'old', bytes: 10, at: NOW - 40 * DAY },
  { id: 'middle', bytes: 30, at: NOW - 5 * DAY },
  { id: 'older', bytes: 20, at: NOW - 50 * DAY },
];
const choose = (limits: { days?: number; bytes?: number; wanted?: string[] }) => {
  const { days = 0, bytes = 0, wanted = [] } = limits;
  return chooseSessionsToRemove(files, { now: NOW, days, bytes, wanted: new Set(wanted) });
};

test.each([
  ['nothing without a limit', {}, []],
  ['what is old', { days: 30 }, ['older', 'old']],
  ['the oldest until the rest fits', { bytes: 85 }, ['older', 'old']],
  ['never what is wanted', { days: 1, bytes: 1, wanted: ['older', 'new'] }, ['old', 'middle']],
])('%s', (_, limits, expected) => expect(choose(limits)).toEqual(expected));

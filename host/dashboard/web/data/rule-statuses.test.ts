import { expect, test } from 'vitest';
import { readStatuses, writeStatuses } from './rule-statuses.ts';

test('required statuses are read as they are written, the operator without a name', () => {
  const statuses = [
    { context: 'ci/build', by: 'operator' as const },
    { context: 'audit', by: 'judge' as never },
  ];
  expect(writeStatuses(statuses)).toBe('ci/build, audit@judge');
  expect(readStatuses(' ci/build ,, audit @ judge ')).toEqual(statuses);
  expect(readStatuses('')).toEqual([]);
  // The forge refuses it: that is no agent's name.
  expect(readStatuses('a@b@c')).toEqual([{ context: 'a', by: 'b@c' }]);
});

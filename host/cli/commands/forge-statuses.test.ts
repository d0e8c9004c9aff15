import { expect, test } from 'vitest';
import { readRequiredStatus } from './forge-statuses.ts';

test('a required status is read with its setter, the operator without one', () => {
  expect(readRequiredStatus('ci/build')).toEqual({ context: 'ci/build', by: 'operator' });
  expect(readRequiredStatus('audit@judge')).toEqual({ context: 'audit', by: 'judge' });
});

test.each(['', '@judge', 'ci@', 'ci@judge@x', 'ci@Not A Name', ' ci', 'ci\n@judge'])('%j is refused', (typed) => {
  expect(() => readRequiredStatus(typed)).toThrow('--status is NAME, or NAME@WHO');
});

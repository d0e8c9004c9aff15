import { expect, test } from 'vitest';
import { HiveError } from '../../../../protocol/errors.ts';
import { sortProblems } from './form-problems.ts';

const FORM = { known: ['name', 'limits.memoryMb', 'tools'], byCode: { duplicate_agent: 'name' } };

test('problems with a named field go to that field, all others to the form', () => {
  const issues = [
    { path: ['spec', 'limits', 'memoryMb'], message: 'too small' },
    { path: ['spec', 'tools', '0'], message: 'no such tool' },
  ];
  const error = new HiveError('invalid_input', 'both', { details: { issues } });
  expect(sortProblems(error, FORM)).toEqual({
    fields: { 'limits.memoryMb': 'too small', tools: 'no such tool' },
    whole: null,
  });
  expect(sortProblems(new HiveError('duplicate_agent', 'taken'), FORM)).toEqual({
    fields: { name: 'taken' },
    whole: null,
  });
  expect(sortProblems(new HiveError('storage_unavailable', 'full'), FORM)).toEqual({ fields: {}, whole: 'full' });
});

test('a problem with a field that the form does not have goes to the form', () => {
  const error = new HiveError('invalid_input', 'odd: no', { details: { issues: [{ path: ['odd'], message: 'no' }] } });
  expect(sortProblems(error, FORM)).toEqual({ fields: {}, whole: 'odd: no' });
});

import { expect, test } from 'vitest';
import { SPEC_FIELDS, type SpecField } from './spec-fields.ts';
import { readLimit, readTools, SPEC_TEXTS } from './spec-text.ts';

test('every field that the page may set has a text, and no other', () => {
  const fields = Object.keys(SPEC_FIELDS).filter((field) => SPEC_FIELDS[field as SpecField].setBy === 'operator');
  expect(SPEC_TEXTS.map(({ field }) => field as string).toSorted()).toEqual(fields.toSorted());
});

test.each([
  ['memoryMb', '2048', { value: 2048 }],
  ['memoryMb', '12', { problem: 'is from 256 to 1048576, not "12"' }],
  ['pids', '1.5', { problem: 'is a whole number above 0, not "1.5"' }],
  ['pids', '', { problem: 'is a whole number above 0, not ""' }],
  ['cpus', '0.5', { value: 0.5 }],
  ['cpus', 'many', { problem: 'is a number above 0, e.g. 0.5, not "many"' }],
  ['diskMb', '0', { value: 0 }],
  ['diskMb', '-1', { problem: 'is a whole number, 0 for no limit, not "-1"' }],
] as const)('a limit %s typed as "%s" is read as %j', (limit, typed, read) => {
  expect(readLimit(limit, typed)).toEqual(read);
});

test('tools are typed with commas or spaces between them', () => {
  expect(readTools(' Bash, Read\nEdit ')).toEqual(['Bash', 'Read', 'Edit']);
  expect(readTools('')).toEqual([]);
});

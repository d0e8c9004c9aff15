import { expect, test } from 'vitest';
import { readSuggestion } from './suggestion.ts';

test.each([
  ['So:\n```suggestion\na\n  b\n```\nor not', ['a', '  b']],
  ['```suggestion\n```', []],
  ['```suggestion\n\n```', ['']],
  ['```suggestion\r\na\r\n```', ['a']],
  ['```suggestion\na\n```\n```suggestion\nb\n```', ['a']],
  ['```ts\na\n```', null],
  ['```suggestion\na', null],
  ['say ```suggestion\na\n```', null],
])('%j suggests %j', (body, lines) => {
  expect(readSuggestion(body)).toEqual(lines);
});

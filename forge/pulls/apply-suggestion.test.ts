import { expect, test } from 'vitest';
import { replaceLine } from './apply-suggestion.ts';

test.each([
  ['a\nb\nc\n', 2, ['x', 'y'], 'a\nx\ny\nc\n'],
  ['a\nb\n', 1, [], 'b\n'],
  ['a\r\nb\r\n', 2, ['x'], 'a\r\nx\r\n'],
  ['a\nb', 2, ['x'], 'a\nx'],
  ['a\n', 2, ['x'], null],
  ['a', 3, ['x'], null],
  ['', 1, ['x'], null],
])('%j with line %i as %j is %j', (...[text, line, lines, expected]) => {
  expect(replaceLine(text, line, lines)).toBe(expected);
});

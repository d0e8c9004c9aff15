import * as fc from 'fast-check';
import stringWidth from 'string-width';
import { expect, test } from 'vitest';
import { wrapText } from './wrap-text.ts';

test('breaks at spaces, and within a word only when it is too long', () => {
  expect(wrapText('one two three four', 9)).toEqual(['one two', 'three', 'four']);
  expect(wrapText('abcdefghijkl', 8)).toEqual(['abcdefgh', 'ijkl']);
  expect(wrapText('a\n\nb', null)).toEqual(['a', '', 'b']);
});

test('no line is wider than the limit, and no word is lost', () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ minLength: 1, maxLength: 20, unit: fc.constantFrom('a', 'b', '日', 'é') })),
      fc.integer({ min: 8, max: 40 }),
      (words, width) => {
        const lines = wrapText(words.join(' '), width);
        for (const line of lines) expect(stringWidth(line)).toBeLessThanOrEqual(width);
        expect(lines.join('').replaceAll(' ', '')).toBe(words.join(''));
      },
    ),
  );
});

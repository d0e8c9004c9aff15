import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { isAlike } from './alike.ts';

test.each([
  ['Thanks!', 'thanks'],
  ['You are welcome — any time.', 'You are WELCOME, any time!!'],
  ['Understood, I will wait for your next message here', 'Understood, I will wait for your next message'],
  ['👍', '🙏🙏'],
  ['Größe geprüft', 'größe GEPRÜFT.'],
])('%j and %j are alike', (a, b) => {
  expect(isAlike(a, b)).toBe(true);
});

test.each([
  ['Thanks!', "You're welcome!"],
  ['The tests of the parser fail on line 12', 'The tests of the parser pass now'],
  ['👍', 'merged'],
  ['yes', 'no'],
])('%j and %j are not alike', (a, b) => {
  expect(isAlike(a, b)).toBe(false);
});

test('similarity is symmetric, a text is similar to itself, and case and punctuation do not matter', () => {
  const words = fc.array(fc.constantFrom('ship', 'the', 'fix', 'now', 'später', '42'), { maxLength: 8 });
  fc.assert(
    fc.property(words, words, (a, b) => {
      const [left, right] = [a.join(' '), b.join(' ')];
      expect(isAlike(left, right)).toBe(isAlike(right, left));
      expect(isAlike(left, `  ${a.join(', ').toUpperCase()}!`)).toBe(true);
    }),
  );
});

test('any text is accepted, malformed ones too', () => {
  const text = fc.string({ unit: 'grapheme', maxLength: 20 });
  fc.assert(fc.property(text, (text) => isAlike(text, `${text} .`)));
  expect(isAlike('\uD83D', '\uDE00')).toBe(true);
});

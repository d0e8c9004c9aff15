import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cutStart, cutText, shorten } from './cut-text.ts';

const FAMILY = '👩‍👩‍👧';
const CHARACTERS = ['a', 'ß', '語', 'e\u0301', '🎉', '👍🏽', FAMILY, '🇨🇭', '\r\n', ' '];

const texts = fc.array(fc.constantFrom(...CHARACTERS), { maxLength: 25 }).map((characters) => characters.join(''));

/** Where a text's characters end, as a reader sees them. */
function endsOf(text: string): number[] {
  return [0, ...[...new Intl.Segmenter().segment(text)].map(({ index, segment }) => index + segment.length)];
}

describe('a cut', () => {
  test('keeps the most whole characters that fit, at the start or at the end', () => {
    fc.assert(
      fc.property(texts, fc.integer({ min: 0, max: 60 }), (text, max) => {
        const ends = endsOf(text);
        const start = cutText(text, max);
        expect(start).toEqual({
          text: text.slice(0, Math.max(...ends.filter((end) => end <= max))),
          truncated: text.length > max,
        });
        const from = Math.min(...ends.filter((end) => text.length - end <= max));
        expect(cutStart(text, max)).toEqual({ text: text.slice(from), truncated: text.length > max });
      }),
    );
  });

  test('splits a character that is longer than people write them, but never a code point', () => {
    const tower = `e${'\u0301'.repeat(500)}`;
    expect(cutText(tower, 300).text).toHaveLength(300);
    expect(cutStart(tower, 300).text).toHaveLength(300);
    const flags = '🎉'.repeat(3) + '\u{e0061}'.repeat(500);
    for (let max = 200; max < 210; max += 1) expect(cutText(flags, max).text).not.toMatch(/\p{Cs}/u);
  });

  test('of a long text in a script without fast path is the same far from its start', () => {
    const text = FAMILY.repeat(5_000);
    for (let max = 20_000; max < 20_010; max += 1) expect(cutText(text, max).text.length % FAMILY.length).toBe(0);
  });
});

test('a shortened text is marked as such, within its limit', () => {
  expect(shorten('hello', 5)).toBe('hello');
  expect(shorten('hello!', 5)).toBe('hell…');
  expect(shorten(`ab${FAMILY}`, 6)).toBe('ab…');
});

import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { disarm } from './disarm.ts';

/** As a lenient reader sees it: compatibility forms folded, everything without ink gone. */
function asSeen(text: string): string {
  return text
    .normalize('NFKC')
    .replaceAll(/[\p{Cf}\p{Cc}\p{Z}\p{M}\p{Default_Ignorable_Code_Point}\u2800]/gu, '')
    .toLowerCase();
}
const TAGS = [
  'message',
  '/message',
  'system-reminder',
  '/system-reminder',
  'persisted-output',
  'function_calls',
  '!--',
];
const NOISE = [
  '',
  '\u200b',
  '\u00ad',
  '\u2060',
  '\u202e',
  '\u2066',
  '\ufeff',
  '\u0301',
  '\u3164',
  ' ',
  '\n',
  '\ud800',
  '\udfff',
  '\u0000',
];
const noise = fc.constantFrom(...NOISE);
const sign = fc.constantFrom('<', '\uff1c', '\ufe64');

test('no trick of characters makes a tag', () => {
  const imitation = fc
    .tuple(sign, fc.constantFrom(...TAGS), fc.array(noise, { minLength: 20, maxLength: 20 }), fc.boolean())
    .map(([open, tag, between, wide]) => {
      const letters = tag
        .split('')
        .map((sign) =>
          wide && /[a-z/!]/.test(sign) ? String.fromCodePoint((sign.codePointAt(0) ?? 0) + 0xfee0) : sign,
        );
      return open + letters.map((letter, at) => (between[at] ?? '') + letter).join('') + '>';
    });
  fc.assert(
    fc.property(
      fc.array(fc.oneof(imitation, fc.string({ unit: 'binary', maxLength: 20 }), noise), { maxLength: 8 }),
      (parts) => {
        const seen = asSeen(disarm(parts.join('')));
        expect(seen).not.toMatch(/<(?:\/|!)?(?:message|system-reminder|persisted-output|function_calls|--)/);
      },
    ),
    { numRuns: 300 },
  );
});

test('what is no tag stays as it was written', () => {
  for (const text of ['a < 3', 'i <= n', '1<2', 'x <- y', '<3', 'a && b > c', '&lt;', 'if (a <\t10)'])
    expect(disarm(text)).toBe(text);
  expect(disarm('Array<string>')).toBe('Array&lt;string>');
});

import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { anyCharacter } from '../../../system/testing/any-character.ts';
import { cleanText, oneLine } from './clean-text.ts';
import { toJson } from './terminal.ts';

/**
 * Vulnerability: an agent writes terminal control sequences into a message, its role, a tool call.
 * Scenario: the operator reads it in a terminal.
 * Verified: no sequence that a terminal interprets is left, in text or in JSON.
 */
describe('an agent’s text in the operator’s terminal', () => {
  test('colours, cursor moves, titles, clipboard writes and right-to-left overrides are removed', () => {
    expect(cleanText('\u001B[31mred\u001B[0m')).toBe('red');
    expect(cleanText('a\u001B]0;title\u0007b')).toBe('ab');
    expect(cleanText('a\u001B]52;c;aGk=\u0007b')).toBe('ab');
    expect(cleanText('a\u001B[2Jgone\u0007')).toBe('agone');
    expect(cleanText('\u001B]8;;http://x\u001B\\link\u001B]8;;\u001B\\')).toBe('link');
    expect(cleanText('over\rwrite')).toBe('overwrite');
    expect(cleanText('abc\u202Edcba')).toBe('abcdcba');
    expect(cleanText('kept\n\ttext')).toBe('kept\n\ttext');
    expect(oneLine('a\r\n  b')).toBe('a b');
  });
  test('no control character except newline and tab is left', () => {
    fc.assert(
      fc.property(fc.string({ unit: anyCharacter() }), (text) => {
        expect(Array.from(cleanText(text)).filter((char) => char < ' ' && char !== '\n' && char !== '\t')).toEqual([]);
      }),
    );
  });
  test('JSON output escapes control characters that JSON itself would allow', () => {
    expect(toJson({ a: '\u009B2J\u001B' })).toBe('{"a":"\\u009b2J\\u001b"}');
    expect(JSON.parse(toJson({ a: '\u009B' }))).toEqual({ a: '\u009B' });
  });
});

/**
 * Vulnerability: text from a model, a tool or another agent controls the operator's screen.
 * Verified here: escape sequences and bidirectional marks are removed. React escapes HTML; the browser test verifies that.
 */
import { assert, property, string } from 'fast-check';
import { expect, test } from 'vitest';
import { anyCharacter } from '../../../../system/testing/any-character.ts';
import { boundText, formatJson, summarizeInput, toPlainText } from './plain-text.ts';

test('terminal colours, titles and links are removed, the text stays', () => {
  expect(
    toPlainText('\u001b[31mred\u001b[0m \u001b]0;owned\u0007title \u001b]8;;http://x\u001b\\link\u001b]8;;\u001b\\'),
  ).toBe('red title link');
  expect(toPlainText('\u009b1mbold\u009b0m')).toBe('bold');
  expect(toPlainText('a\u202egnp.exe')).toBe('agnp.exe');
  expect(toPlainText('one\r\ntwo\tthree\u0000')).toBe('one\ntwo\tthree');
});

test('no input leaves a control character', () => {
  assert(
    property(string({ unit: anyCharacter() }), (text) => {
      // oxlint-disable-next-line no-control-regex -- the test checks for control characters
      expect(toPlainText(text)).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/);
    }),
  );
});

test('escape sequences are removed in linear time: with quadratic time this test would run into its timeout', () => {
  for (const part of ['\u001b]', '\u001b[', '\u001b', '\u001b[0;'])
    expect(toPlainText(part.repeat(300_000))).toBeDefined();
});

test('long text is cut at the line limit or the character limit, and reported as cut', () => {
  expect(boundText('a\nb\nc', { lines: 2, chars: 100 })).toEqual({ shown: 'a\nb', cut: true });
  expect(boundText('a\nb', { lines: 2, chars: 100 })).toEqual({ shown: 'a\nb', cut: false });
  expect(boundText('x'.repeat(200), { lines: 2, chars: 100 })).toEqual({ shown: 'x'.repeat(100), cut: true });
});

test('a tool call is summarized in one line by its most informative argument', () => {
  expect(summarizeInput('{"command":"ls\\n -l"}')).toBe('ls -l');
  expect(summarizeInput('{"to":"coder","body":"hi"}')).toBe('→ coder: hi');
  expect(summarizeInput('{}')).toBe('');
  expect(summarizeInput('{"a":1}')).toBe('{"a":1}');
  expect(summarizeInput('{"command":')).toBe('{"command":');
  expect(formatJson('{"a":1}')).toBe('{\n  "a": 1\n}');
  expect(formatJson('not json')).toBe('not json');
});

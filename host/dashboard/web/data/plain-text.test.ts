/**
 * Vulnerability: what a model, a tool or another agent wrote drives the operator's screen.
 * Verified here: escape sequences and direction marks are gone; that HTML stays text is React's, and
 * the browser test's, to show.
 */
import { assert, property, string } from 'fast-check';
import { expect, test } from 'vitest';
import { boundText, layOutJson, summarizeInput, toPlainText } from './plain-text.ts';

test('colours, titles and links of terminals vanish, the text stays', () => {
  expect(
    toPlainText('\u001b[31mred\u001b[0m \u001b]0;owned\u0007title \u001b]8;;http://x\u001b\\link\u001b]8;;\u001b\\'),
  ).toBe('red title link');
  expect(toPlainText('\u009b1mbold\u009b0m')).toBe('bold');
  expect(toPlainText('a\u202egnp.exe')).toBe('agnp.exe');
  expect(toPlainText('one\r\ntwo\tthree\u0000')).toBe('one\ntwo\tthree');
});

test('whatever comes, no control character is left', () => {
  assert(
    property(string({ unit: 'binary' }), (text) => {
      // oxlint-disable-next-line no-control-regex -- it is about them
      expect(toPlainText(text)).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/);
    }),
  );
});

test('long nonsense takes time in proportion: a search that begins anew at each place would not end in the time of a test', () => {
  for (const part of ['\u001b]', '\u001b[', '\u001b', '\u001b[0;'])
    expect(toPlainText(part.repeat(300_000))).toBeDefined();
});

test('long text is cut at a line or a character, and says so', () => {
  expect(boundText('a\nb\nc', { lines: 2, chars: 100 })).toEqual({ shown: 'a\nb', cut: true });
  expect(boundText('a\nb', { lines: 2, chars: 100 })).toEqual({ shown: 'a\nb', cut: false });
  expect(boundText('x'.repeat(200), { lines: 2, chars: 100 })).toEqual({ shown: 'x'.repeat(100), cut: true });
});

test('a tool call is told in one line by the argument that says most', () => {
  expect(summarizeInput('{"command":"ls\\n -l"}')).toBe('ls -l');
  expect(summarizeInput('{"to":"coder","body":"hi"}')).toBe('→ coder: hi');
  expect(summarizeInput('{}')).toBe('');
  expect(summarizeInput('{"a":1}')).toBe('{"a":1}');
  expect(summarizeInput('{"command":')).toBe('{"command":');
  expect(layOutJson('{"a":1}')).toBe('{\n  "a": 1\n}');
  expect(layOutJson('not json')).toBe('not json');
});

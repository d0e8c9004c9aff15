import { expect, test } from 'vitest';
import { readFrontMatter } from './read-front-matter.ts';

const read = (head: string) => readFrontMatter(`---\n${head}\n---\nThe text.\n`);

test('the map at the beginning is read, also with Windows line ends or after a byte order mark', () => {
  expect(read('a: 1 # one\nb: >-\n  two\n  lines\nc: "x: y"')).toEqual({ value: { a: 1, b: 'two lines', c: 'x: y' } });
  expect(readFrontMatter('\uFEFF---\r\na: b\r\n---\r\nc')).toEqual({ value: { a: 'b' } });
  expect(readFrontMatter('---\na: b\n---')).toEqual({ value: { a: 'b' } });
});

test('a text that begins with anything else, or a head without an end, is none', () => {
  for (const text of ['a: b', '\n---\na: b\n---', '---\na: b']) expect(readFrontMatter(text)).toBeNull();
});

test.each([
  [
    'a colon outside quotes',
    'name: x\ntext: Use it: now',
    /not valid YAML: .* at line 2, column 7; put a text .* in quotes$/,
  ],
  ['a key twice', 'a: 1\na: 2', /not valid YAML: Map keys must be unique at line 2, column 1$/],
  ['a tab', '\ta: 1', /not valid YAML: Tabs are not allowed/],
  // Vulnerability: a few lines with aliases of aliases become gigabytes.
  ['an alias', 'a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]', /not valid YAML: aliases/],
  ['a deep list', `a: ${'['.repeat(7_000)}`, /not valid YAML: it is nested too deeply/],
  ['a long head', `a: ${'x'.repeat(9_000)}`, /longer than 8192 characters/],
])('%s: why it cannot be read is one clause', (_, head, why) => {
  expect(read(head)).toEqual({ why: expect.stringMatching(why) });
});

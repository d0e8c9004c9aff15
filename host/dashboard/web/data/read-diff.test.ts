import { expect, test } from 'vitest';
import { readDiff } from './read-diff.ts';

const say = (diff: string) =>
  readDiff(diff).map(
    ({ is, old, new: now, pieces }) =>
      `${old ?? '-'} ${now ?? '-'} ${is} ${pieces.map(({ text, changed }) => (changed ? `[${text}]` : text)).join('')}`,
  );

test('lines have their numbers, hunks are apart, and words that changed are marked', () => {
  const diff = '@@ -3,3 +3,3 @@\n a\n-the old word here\n+the new word here\n b\n@@ -20,1 +20,2 @@\n c\n+d\n';
  expect(say(diff)).toEqual([
    '3 3 same a',
    '4 - removed the [old] word here',
    '- 4 added the [new] word here',
    '5 5 same b',
    '- - gap ',
    '20 20 same c',
    '- 21 added d',
  ]);
});

test('lines with little in common, and runs of different lengths, are not compared', () => {
  expect(say('@@ -1,1 +1,1 @@\n-walrus\n+const x = 1;\n')).toEqual(['1 - removed walrus', '- 1 added const x = 1;']);
  expect(say('@@ -1,1 +1,2 @@\n-one line\n+one line more\n+two\n')).toEqual([
    '1 - removed one line',
    '- 1 added one line more',
    '- 2 added two',
  ]);
});

test('a diff that was cut, or is none, is read as far as it goes', () => {
  expect(say('@@ -1,9 +1,9 @@\n a\n-b')).toEqual(['1 1 same a', '2 - removed b']);
  expect(readDiff('')).toEqual([]);
  expect(readDiff('\\ No newline at end of file\nwhat')).toEqual([]);
});

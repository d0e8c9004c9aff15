import { expect, test } from 'vitest';
import { readDiff } from './read-diff.ts';

const say = (diff: string) =>
  readDiff(diff).map(({ is, old, new: now, text }) => `${old ?? '-'} ${now ?? '-'} ${is} ${text}`);

test('lines have their numbers, and hunks are apart', () => {
  const diff = '@@ -3,3 +3,3 @@\n a\n-old\n+new\n b\n@@ -20,1 +20,2 @@\n c\n+d\n';
  expect(say(diff)).toEqual([
    '3 3 same a',
    '4 - removed old',
    '- 4 added new',
    '5 5 same b',
    '- - gap ',
    '20 20 same c',
    '- 21 added d',
  ]);
});

test('a diff that was cut, or is none, is read as far as it goes', () => {
  expect(say('@@ -1,9 +1,9 @@\n a\n-b')).toEqual(['1 1 same a', '2 - removed b']);
  expect(readDiff('')).toEqual([]);
  expect(readDiff('\\ No newline at end of file\nwhat')).toEqual([]);
});

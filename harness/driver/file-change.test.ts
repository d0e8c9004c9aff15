import { expect, test } from 'vitest';
import { compareTexts, countLines, joinHunks, wholeText } from './file-change.ts';

test('two contents become the hunks of a unified diff', () => {
  const diff = compareTexts('one\ntwo\nthree\n', 'one\n2\nthree\n');
  expect(diff).toBe('@@ -1,3 +1,3 @@\n one\n-two\n+2\n three\n');
  expect(countLines(diff ?? '')).toEqual({ added: 1, removed: 1 });
});

test('a file that is new or gone is one hunk; a last line may lack its end', () => {
  expect(compareTexts('', 'a\nb')).toBe('@@ -0,0 +1,2 @@\n+a\n+b\n');
  expect(compareTexts('a\n', '')).toBe('@@ -1,1 +0,0 @@\n-a\n');
  expect([compareTexts('', ''), wholeText('', '+')]).toEqual(['', '']);
});

test('texts that are too long or too different are not compared', () => {
  const long = 'x'.repeat(1_000_001);
  expect(compareTexts(long, 'y')).toBeNull();
  const lines = (letter: string) => Array.from({ length: 3_000 }, (_, n) => `${letter}${n}`).join('\n');
  expect(compareTexts(lines('a'), lines('b'))).toBeNull();
});

test('hunks of a CLI become text', () => {
  expect(joinHunks([{ oldStart: 3, oldLines: 1, newStart: 3, newLines: 2, lines: [' a', '+b'] }])).toBe(
    '@@ -3,1 +3,2 @@\n a\n+b\n',
  );
});

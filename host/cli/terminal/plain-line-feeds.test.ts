import { expect, test } from 'vitest';
import { createPlainLineFeeds } from './plain-line-feeds.ts';

test('a line feed alone becomes IND, also at the beginning of a piece; the end of a line stays', () => {
  const write = createPlainLineFeeds();
  expect(write('a\r\nb\nc\r')).toBe('a\r\nb\u001bDc\r');
  expect(write('\nd')).toBe('\nd');
  expect(write('\n\n')).toBe('\u001bD\u001bD');
});

import { expect, test } from 'vitest';
import { followLine, readHunkHeads } from './line-moves.ts';

test('a line is followed over lines that come and go before it, and is lost when it changes', () => {
  // Two lines after line 1, lines 4 and 5 changed into one, line 8 removed.
  const hunks = readHunkHeads('@@ -1,0 +2,2 @@\n+a\n+b\n@@ -4,2 +6 @@ fn\n-c\n-d\n+e\n@@ -8 +8,0 @@\n-f\n');
  expect(hunks).toHaveLength(3);
  const places = [1, 2, 3, 4, 5, 6, 7, 8, 9].map((line) => followLine(hunks, line));
  expect(places).toEqual([1, 4, 5, null, null, 7, 8, null, 9]);
  expect(followLine(readHunkHeads('@@ -0,0 +1,3 @@\n+x\n'), 1)).toBe(4);
  expect(followLine([], 7)).toBe(7);
});

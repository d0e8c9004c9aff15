import { expect, test } from 'vitest';
import { putBounded } from './put-bounded.ts';

test('a full map drops what was put first; what is put again is new', () => {
  const map = new Map<string, number>();
  for (const key of ['a', 'b', 'a', 'c', 'd']) putBounded(map, [key, map.size], 3);
  expect([...map.keys()]).toEqual(['a', 'c', 'd']);
});

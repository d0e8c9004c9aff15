import { expect, test } from 'vitest';
import { compareSeen } from './find-unseen.ts';

test('a directory counts as visible only when it is the same one there as here', () => {
  const dirs = ['/root/shared', '/root/toolchain'];
  expect(compareSeen({ dirs, here: ['11', '12'], there: ['11', '12'] })).toEqual([]);
  expect(compareSeen({ dirs, here: ['11', '12'], there: ['11', '77'] })).toEqual([
    { path: '/root/toolchain', why: 'a box sees another directory there' },
  ]);
  expect(compareSeen({ dirs, here: ['11', '12'], there: [] }).map(({ why }) => why)).toEqual([
    'a box cannot read it',
    'a box cannot read it',
  ]);
});

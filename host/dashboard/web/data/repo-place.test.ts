import { expect, test } from 'vitest';
import { readRepoPlace, repoPlaceLink, stepsOf } from './repo-place.ts';

test('an address names a place and is read as the same place, whatever the names are', () => {
  const place = { view: 'blame', ref: 'a&b=c', path: 'x ?#/"<b>', query: '', line: 7 } as const;
  expect(readRepoPlace(new URLSearchParams(repoPlaceLink(place)))).toEqual(place);
  expect(repoPlaceLink({})).toBe('?');
  expect(readRepoPlace(new URLSearchParams('view=evil&line=-1'))).toMatchObject({ view: 'tree', line: null });
});

test('the steps to a path are its directories and its name', () => {
  expect(stepsOf('a/b/c.ts').map(({ path }) => path)).toEqual(['a', 'a/b', 'a/b/c.ts']);
  expect(stepsOf('')).toEqual([]);
});

import { expect, test } from 'vitest';
import { cutExcerpt } from './cut-excerpt.ts';
import { readQuery } from './read-query.ts';

const excerpt = (body: string, query: string) => cutExcerpt(body, readQuery(query));
const far = 'word '.repeat(200);

test('a short text is whole, on one line', () => {
  expect(excerpt('the disk\n is full', 'disk')).toBe('the disk is full');
});

test.each([
  ['a word', `${far}walrus ${far}`, 'walrus', 'walrus'],
  ['without regard to case and marks', `${far}Über das MÜLLER-Problem ${far}`, 'muller', 'MÜLLER-Problem'],
  ['a phrase', `${far}disk full ${far}`, '"disk full"', 'disk full'],
  ['a phrase with signs in between', `${far}disk, full ${far}`, '"disk full"', 'disk, full'],
  ['a beginning', `${far}deployment ${far}`, 'deplo*', 'deployment'],
])('%s far into a text is in its excerpt', (_, body, query, words) => {
  const cut = excerpt(body, query);
  expect(cut).toContain(words);
  expect(cut).toMatch(/^….*…$/);
  expect(cut.length).toBeLessThan(190);
});

test('no character is cut in half', () => {
  expect(excerpt(`walrus ${'😀'.repeat(200)}`, 'walrus')).not.toMatch(/\p{Cs}/u);
});

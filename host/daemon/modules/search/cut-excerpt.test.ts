import { expect, test } from 'vitest';
import { cutExcerpt } from './cut-excerpt.ts';
import { readQuery } from './read-query.ts';

const excerpt = (body: string, query: string) => cutExcerpt(body, readQuery(query));
const far = 'word '.repeat(200);

test('a short text is returned whole, on one line', () => {
  expect(excerpt('the disk\n is full', 'disk')).toBe('the disk is full');
});

test.each([
  ['a word', { around: 'walrus', query: 'walrus' }],
  ['without regard to case and marks', { around: 'das MÜLLER-Problem', query: 'muller' }],
  ['a phrase', { around: 'disk full', query: '"disk full"' }],
  ['a phrase with signs in between', { around: 'disk, full', query: '"disk full"' }],
  ['a beginning', { around: 'deployment', query: 'deplo*' }],
])('%s far into a text is in its excerpt', (_, { around, query }) => {
  const cut = excerpt(`${far}${around} ${far}`, query);
  expect(cut).toContain(around);
  expect(cut).toMatch(/^….*…$/);
  expect(cut.length).toBeLessThan(190);
});

test('no character is cut in half', () => {
  expect(excerpt(`walrus ${'😀'.repeat(200)}`, 'walrus')).not.toMatch(/\p{Cs}/u);
});

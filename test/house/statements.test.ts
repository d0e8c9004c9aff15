import { expect, test } from 'vitest';
import { readSources } from './sources.ts';

/**
 * Vulnerability: a template that is evaluated at each call makes a new string each time, and the cache of statements
 * (store/statements.ts) has to hash it: a hundredth of a send. With a value in it the cache would also grow without end.
 */
test('the text of a statement is made once: no call of sql() builds it', () => {
  const built = readSources().flatMap(({ path, text }) =>
    [...text.matchAll(/\bsql\(\s*[\w.]+,\s*(`[^`]*`)/g)]
      .filter(([, template]) => template?.includes('${') === true)
      .map(([, template]) => `${path}: ${template?.slice(0, 60)}`),
  );
  expect(built).toEqual([]);
});

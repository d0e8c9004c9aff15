import { expect, test } from 'vitest';
import { findMatches } from './find-matches.ts';

const found = (text: string, query: string) => findMatches(text, query).map(({ from, to }) => text.slice(from, to));

test('matches whole words, whatever their case', () => {
  expect(found('Deploy it; the deployment of DEPLOY', 'deploy')).toEqual(['Deploy', 'DEPLOY']);
  expect(found('über Über uber', 'über')).toEqual(['über', 'Über']);
});
test('matches prefixes and phrases, and finds nothing for a query without words', () => {
  expect(found('deployed deployments redeploy', 'deploy*')).toEqual(['deployed', 'deployments']);
  expect(found('the release plan', '"release plan"')).toEqual(['release', 'plan']);
  expect(found('a.b (c)', '(.*')).toEqual([]);
});

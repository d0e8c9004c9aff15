import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { brokenLinks, hasTest, namedTests, tableRows } from './named-tests.ts';
import { TOP } from './sources.ts';

const page = readFileSync(join(TOP, 'docs/forge.md'), 'utf8');
const from = page.indexOf('\n## The merge queue\n');
const rules = tableRows(page.slice(from, page.indexOf('\n## ', from + 1))).filter(([what = '']) => what !== ' rule ');

test('every rule of the merge queue names a test that exists', () => {
  expect(rules.length).toBeGreaterThan(10);
  expect(rules.filter(([, cell = '']) => namedTests(cell).length === 0).map(([what]) => what)).toEqual([]);
  expect(rules.flatMap(([, cell = '']) => namedTests(cell)).filter((one) => !hasTest(one))).toEqual([]);
});

test('the links of the page about the forge have targets', () => {
  expect(brokenLinks(page, 'forge.md')).toEqual([]);
});

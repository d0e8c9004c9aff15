import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Relation } from './order.ts';
import { relationBetween } from './relation.ts';

// manager ─┬─ lead ─┬─ coder
//          │        └─ tester
//          └─ scout
const PARENTS = new Map<string, string | null>([
  ['manager', null],
  ['lead', 'manager'],
  ['scout', 'manager'],
  ['coder', 'lead'],
  ['tester', 'lead'],
]);
const parentOf = (name: string) => PARENTS.get(name);

test.each<[string, string, Relation]>([
  ['system', 'coder', 'hive'],
  ['operator', 'coder', 'operator'],
  ['system', 'operator', 'hive'],
  ['lead', 'coder', 'parent'],
  ['coder', 'lead', 'child'],
  ['coder', 'tester', 'sibling'],
  ['lead', 'scout', 'sibling'],
  ['manager', 'coder', 'other'],
  ['coder', 'manager', 'other'],
  ['scout', 'coder', 'other'],
  ['manager', 'operator', 'other'],
  ['coder', 'coder', 'sibling'],
  ['manager', 'manager', 'sibling'],
])('%s is to %s: %s', (sender, recipient, relation) => {
  expect(relationBetween(sender, recipient, parentOf)).toBe(relation);
});

test('two agents that the tree does not contain are not siblings', () => {
  expect(relationBetween('gone', 'gone-too', parentOf)).toBe('other');
  expect(relationBetween('gone', 'manager', parentOf)).toBe('other');
});

test('both sides agree: a parent has a child, and siblings are siblings of each other', () => {
  const mirrored: Record<string, Relation> = { parent: 'child', child: 'parent', sibling: 'sibling', other: 'other' };
  const name = fc.constantFrom(...PARENTS.keys(), 'gone');
  fc.assert(
    fc.property(name, name, (a, b) => {
      expect(relationBetween(b, a, parentOf)).toBe(mirrored[relationBetween(a, b, parentOf)]);
    }),
  );
});

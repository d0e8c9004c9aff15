import { expect, test } from 'vitest';
import type { BudgetScope } from '../../../../../protocol/schemas/budget.ts';
import { appliesTo, ownerOf } from './scope.ts';

const coder = { name: 'coder', role: 'Coder', above: ['lead', 'manager'] };

test.each([
  ['hive', true],
  ['coder', true],
  ['lead', false],
  ['subtree:coder', true],
  ['subtree:lead', true],
  ['subtree:manager', true],
  ['subtree:other', false],
  ['@role:coder', true],
  ['@role:code', false],
])('a budget for %s is about a coder below lead and manager: %s', (scope, expected) => {
  expect(appliesTo(scope as BudgetScope, coder)).toBe(expected);
});

test('a budget that names an agent goes with it; one for a role or the hive has no owner', () => {
  const owners = ['hive', '@role:coder', 'coder', 'subtree:coder'].map((scope) => ownerOf(scope as BudgetScope));
  expect(owners).toEqual([null, null, 'coder', 'coder']);
});

import { expect, test } from 'vitest';
import { findRule } from './find-rule.ts';

const rule = (pattern: string) => ({
  pattern,
  approvals: 1,
  direct: 'nobody' as const,
  keepOnRebase: false,
  owners: false,
  roles: [],
  queue: false,
  statuses: [],
});
const find = (branch: string, patterns: string[], ownerKind: 'agent' | 'project' = 'agent') =>
  findRule(branch, { rules: patterns.map(rule), defaultBranch: 'main', ownerKind })?.pattern;

test.each([
  ['release/1', ['release/*', 'release/1'], 'release/1'],
  ['release/1', ['**', 'release/*'], 'release/*'],
  ['a/b/c', ['*', 'a/*'], undefined],
  ['a/b/c', ['a/**'], 'a/**'],
  ['.hidden', ['*'], '*'],
  ['x', ['!(y)'], undefined],
  ['{a,b}', ['{a,b}'], '{a,b}'],
  ['a', ['{a,b}'], undefined],
])('%s with the rules %j has that of %s', (branch, patterns, expected) => {
  expect(find(branch, patterns)).toBe(expected);
});

test('the default branch of a project is protected without a rule, and only that', () => {
  expect(find('main', [], 'project')).toBe('main');
  expect(find('main', [])).toBeUndefined();
  expect(find('fix', [], 'project')).toBeUndefined();
});

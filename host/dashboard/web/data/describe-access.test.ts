import { expect, test } from 'vitest';
import type { RepoView } from '../../../../protocol/schemas/repo.ts';
import { describeAccess } from './describe-access.ts';

test.each([
  ['coder', 'Read by coder and the manager, pushed by coder'],
  ['manager', 'Read by manager, pushed by manager'],
  ['shared', 'Read by every agent, pushed by the manager'],
  ['hive', 'Read by the manager, pushed by you alone'],
  ['operator', 'Read by the manager, pushed by you alone'],
])('access to the repositories of %s is described: %s', (owner, text) => {
  expect(describeAccess(owner as RepoView['owner'])).toBe(text);
});

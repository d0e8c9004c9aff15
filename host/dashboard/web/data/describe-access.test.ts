import { expect, test } from 'vitest';
import type { RepoView } from '../../../../protocol/schemas/repo.ts';
import { describeAccess } from './describe-access.ts';

test.each([
  ['coder', 'agent', 'Read by coder and the manager, pushed by coder'],
  ['manager', 'agent', 'Read by manager, pushed by manager'],
  ['web', 'project', 'Read by its members and the manager, pushed by members with the level write or merge'],
  ['shared', 'shared', 'Read by every agent, pushed by the manager'],
  ['hive', 'hive', 'Read by the manager, pushed by you alone'],
  ['operator', 'operator', 'Read by the manager, pushed by you alone'],
])('access to the repositories of %s (%s) is described: %s', (owner, ownerKind, text) => {
  expect(describeAccess({ owner, ownerKind } as RepoView)).toBe(text);
});

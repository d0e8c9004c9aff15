import { expect, test } from 'vitest';
import type { RepoView } from '../../../../protocol/schemas/service.ts';
import { sayAccess } from './say-access.ts';

test.each([
  ['coder', 'Read by coder and the manager, pushed by coder'],
  ['manager', 'Read by manager, pushed by manager'],
  ['shared', 'Read by every agent, pushed by the manager'],
  ['hive', 'Read by the manager, pushed by you alone'],
  ['operator', 'Read by the manager, pushed by you alone'],
])('repositories of %s', (owner, said) => {
  expect(sayAccess(owner as RepoView['owner'])).toBe(said);
});

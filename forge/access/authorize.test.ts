import { expect, test } from 'vitest';
import {
  ACCESS_LEVELS,
  ACTION_LEVELS,
  accessOf,
  type RepoAction,
  type RepoCaller,
} from '../../protocol/access/repo-access.ts';
import type { AgentName, RepoName, RepoOwner } from '../../protocol/names.ts';
import { authorize } from './authorize.ts';

const agent = (name: string, isManager = false): RepoCaller => ({ kind: 'agent', name: name as AgentName, isManager });
const WHO: Record<string, RepoCaller> = {
  coder: agent('coder'),
  scout: agent('scout'),
  manager: agent('manager', true),
  operator: { kind: 'operator' },
};

// Every owner × caller: the result of reading and writing.
const MATRIX = [
  { owner: 'coder', who: 'coder', read: 'allowed', write: 'allowed' },
  { owner: 'coder', who: 'scout', read: 'hidden', write: 'hidden' },
  { owner: 'coder', who: 'manager', read: 'allowed', write: 'refused' },
  { owner: 'coder', who: 'operator', read: 'allowed', write: 'allowed' },
  { owner: 'manager', who: 'coder', read: 'hidden', write: 'hidden' },
  { owner: 'manager', who: 'scout', read: 'hidden', write: 'hidden' },
  { owner: 'manager', who: 'manager', read: 'allowed', write: 'allowed' },
  { owner: 'manager', who: 'operator', read: 'allowed', write: 'allowed' },
  { owner: 'shared', who: 'coder', read: 'allowed', write: 'refused' },
  { owner: 'shared', who: 'scout', read: 'allowed', write: 'refused' },
  { owner: 'shared', who: 'manager', read: 'allowed', write: 'allowed' },
  { owner: 'shared', who: 'operator', read: 'allowed', write: 'allowed' },
  { owner: 'hive', who: 'coder', read: 'hidden', write: 'hidden' },
  { owner: 'hive', who: 'scout', read: 'hidden', write: 'hidden' },
  { owner: 'hive', who: 'manager', read: 'allowed', write: 'refused' },
  { owner: 'hive', who: 'operator', read: 'allowed', write: 'allowed' },
  { owner: 'operator', who: 'coder', read: 'hidden', write: 'hidden' },
  { owner: 'operator', who: 'scout', read: 'hidden', write: 'hidden' },
  { owner: 'operator', who: 'manager', read: 'allowed', write: 'refused' },
  { owner: 'operator', who: 'operator', read: 'allowed', write: 'allowed' },
];

test.each(MATRIX)('$owner/* for $who: read $read, write $write', ({ owner, who, read, write }) => {
  const repo = { owner: owner as RepoOwner, name: 'x' as RepoName };
  const caller = WHO[who] as RepoCaller;
  for (const action of ['look', 'fetch'] as const) expect(authorize(caller, action, repo).kind).toBe(read);
  for (const action of ['push', 'create'] as const) expect(authorize(caller, action, repo).kind).toBe(write);
});

test.each(MATRIX)('$owner/* for $who: administration is reserved to the operator', ({ owner, who, read }) => {
  const verdicts = (['choose_default_branch', 'prune', 'remove'] as const).map(
    (action) => authorize(WHO[who] as RepoCaller, action, { owner: owner as RepoOwner, name: 'x' as RepoName }).kind,
  );
  expect(new Set(verdicts)).toEqual(
    new Set([who === 'operator' ? 'allowed' : read === 'hidden' ? 'hidden' : 'refused']),
  );
});

test('a level includes every lower one, whatever the action', () => {
  const levelOf = (level: string) => (ACCESS_LEVELS as readonly string[]).indexOf(level);
  for (const { owner, who } of MATRIX)
    for (const [action, needed] of Object.entries(ACTION_LEVELS)) {
      const caller = WHO[who] as RepoCaller;
      const repo = { owner: owner as RepoOwner, name: 'x' as RepoName };
      const isAllowed = authorize(caller, action as RepoAction, repo).kind === 'allowed';
      expect(isAllowed, `${who} ${action} ${owner}`).toBe(levelOf(accessOf(caller, repo.owner)) >= levelOf(needed));
    }
});

test('a refusal names who may push and the alternative', () => {
  const verdict = authorize(agent('scout'), 'push', { owner: 'shared', name: 'docs' as RepoName });
  expect(verdict).toEqual({
    kind: 'refused',
    reason:
      'scout may read shared/docs but not push to it: only the manager and the operator may. Push to scout/docs and send a message about it to the manager.',
  });
  expect(authorize(agent('coder'), 'remove', { owner: 'coder' as RepoOwner, name: 'app' as RepoName })).toEqual({
    kind: 'refused',
    reason:
      'coder may push to coder/app but not remove it: only the operator may. Send a message about it to the operator.',
  });
});

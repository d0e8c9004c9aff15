import { expect, test } from 'vitest';
import type { AgentName, RepoName, RepoOwner } from '../protocol/names.ts';
import { authorize, type Caller } from './authorize.ts';

const agent = (name: string, isManager = false): Caller => ({ kind: 'agent', name: name as AgentName, isManager });
const WHO: Record<string, Caller> = {
  coder: agent('coder'),
  scout: agent('scout'),
  manager: agent('manager', true),
  operator: { kind: 'operator' },
};

// Every owner × caller: what reading and writing gives.
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
  const caller = WHO[who] as Caller;
  expect(authorize(caller, 'read', repo).kind).toBe(read);
  expect(authorize(caller, 'write', repo).kind).toBe(write);
});

test('a refusal says who may push and what to do instead', () => {
  const verdict = authorize(agent('scout'), 'write', { owner: 'shared', name: 'docs' as RepoName });
  expect(verdict).toEqual({
    kind: 'refused',
    reason:
      'scout may read shared/docs but not push to it: only the manager and the operator may. Push to scout/docs and send a message about it to the manager.',
  });
});

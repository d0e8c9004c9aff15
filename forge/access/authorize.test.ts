import { assert, constantFrom, option, property, record, subarray } from 'fast-check';
import { expect, test } from 'vitest';
import {
  ACCESS_LEVELS,
  ACTION_LEVELS,
  accessOf,
  type MemberLevel,
  plainOwner,
  type RepoAction,
  type RepoCaller,
} from '../../protocol/access/repo-access.ts';
import { TOKEN_SCOPES } from '../../protocol/access/token-scopes.ts';
import type { AgentName, ProjectName, RepoName } from '../../protocol/names.ts';
import { authorize, type OwnerFacts } from './authorize.ts';

const WEB = 'web' as ProjectName;
const agent = (name: string, levels: Record<string, MemberLevel> = {}): RepoCaller => ({
  kind: 'agent',
  name: name as AgentName,
  isManager: name === 'manager',
  projects: new Map(Object.entries(levels) as [ProjectName, MemberLevel][]),
});
const WHO: Record<string, RepoCaller> = {
  coder: agent('coder', { web: 'write' }),
  scout: agent('scout', { web: 'read' }),
  judge: agent('judge', { web: 'review' }),
  lead: agent('lead', { web: 'merge' }),
  other: agent('other', { docs: 'merge' }),
  manager: agent('manager'),
  operator: { kind: 'operator' },
};
const ownerNamed = (name: string, members: Record<string, MemberLevel> = {}): OwnerFacts =>
  name === WEB
    ? { kind: 'project', name: WEB, members: new Map(Object.entries(members) as [AgentName, MemberLevel][]) }
    : plainOwner(name as AgentName);
const repoOf = (owner: string, members?: Record<string, MemberLevel>) => ({
  owner: ownerNamed(owner, members),
  name: 'x' as RepoName,
});

// Every owner × caller: the result of reading, reviewing, writing and merging.
const MATRIX = [
  ['coder', 'coder', 'allowed', 'allowed', 'allowed', 'allowed'],
  ['coder', 'scout', 'hidden', 'hidden', 'hidden', 'hidden'],
  ['coder', 'manager', 'allowed', 'refused', 'refused', 'refused'],
  ['coder', 'operator', 'allowed', 'allowed', 'allowed', 'allowed'],
  ['manager', 'coder', 'hidden', 'hidden', 'hidden', 'hidden'],
  ['manager', 'manager', 'allowed', 'allowed', 'allowed', 'allowed'],
  ['manager', 'operator', 'allowed', 'allowed', 'allowed', 'allowed'],
  ['web', 'scout', 'allowed', 'refused', 'refused', 'refused'],
  ['web', 'judge', 'allowed', 'allowed', 'refused', 'refused'],
  ['web', 'coder', 'allowed', 'allowed', 'allowed', 'refused'],
  ['web', 'lead', 'allowed', 'allowed', 'allowed', 'allowed'],
  ['web', 'other', 'hidden', 'hidden', 'hidden', 'hidden'],
  ['web', 'manager', 'allowed', 'refused', 'refused', 'refused'],
  ['web', 'operator', 'allowed', 'allowed', 'allowed', 'allowed'],
  ['shared', 'coder', 'allowed', 'refused', 'refused', 'refused'],
  ['shared', 'manager', 'allowed', 'allowed', 'allowed', 'allowed'],
  ['shared', 'operator', 'allowed', 'allowed', 'allowed', 'allowed'],
  ['hive', 'coder', 'hidden', 'hidden', 'hidden', 'hidden'],
  ['hive', 'manager', 'allowed', 'refused', 'refused', 'refused'],
  ['hive', 'operator', 'allowed', 'allowed', 'allowed', 'allowed'],
  ['operator', 'coder', 'hidden', 'hidden', 'hidden', 'hidden'],
  ['operator', 'manager', 'allowed', 'refused', 'refused', 'refused'],
  ['operator', 'operator', 'allowed', 'allowed', 'allowed', 'allowed'],
] as const;
const ACTIONS: Record<number, readonly RepoAction[]> = {
  2: ['look', 'fetch', 'open_pull'],
  3: ['comment', 'review'],
  4: ['push', 'create', 'close_pull'],
  5: ['merge'],
};

test.each(MATRIX)('%s/* for %s: read %s, review %s, write %s, merge %s', (...row) => {
  const [owner, who] = row;
  for (const [column, actions] of Object.entries(ACTIONS))
    for (const action of actions)
      expect(authorize(WHO[who] as RepoCaller, action, repoOf(owner)).kind, action).toBe(row[Number(column)]);
});

test.each(MATRIX)('%s/* for %s: administration is reserved to the operator', (owner, who, read) => {
  const verdicts = (['choose_default_branch', 'set_rules', 'prune', 'remove'] as const).map(
    (action) => authorize(WHO[who] as RepoCaller, action, repoOf(owner)).kind,
  );
  expect(new Set(verdicts)).toEqual(
    new Set([who === 'operator' ? 'allowed' : read === 'hidden' ? 'hidden' : 'refused']),
  );
});

test('a level includes every lower one, whatever the action', () => {
  const levelOf = (level: string) => (ACCESS_LEVELS as readonly string[]).indexOf(level);
  for (const [owner, who] of MATRIX)
    for (const [action, needed] of Object.entries(ACTION_LEVELS)) {
      const caller = WHO[who] as RepoCaller;
      const repo = repoOf(owner);
      const isAllowed = authorize(caller, action as RepoAction, repo).kind === 'allowed';
      expect(isAllowed, `${who} ${action} ${owner}`).toBe(levelOf(accessOf(caller, repo.owner)) >= levelOf(needed));
    }
});

test('a refusal names who may push and the alternative', () => {
  const reasonOf = (...asked: Parameters<typeof authorize>) => {
    const verdict = authorize(...asked);
    return verdict.kind === 'refused' ? verdict.reason : verdict.kind;
  };
  expect(reasonOf(agent('scout'), 'push', { owner: ownerNamed('shared'), name: 'docs' as RepoName })).toBe(
    'scout may read shared/docs but not push to it: only the manager and the operator may. Push to scout/docs, then open a pull request with the head scout/docs:BRANCH, or send a message about it to the manager.',
  );
  expect(reasonOf(agent('coder'), 'remove', { owner: ownerNamed('coder'), name: 'app' as RepoName })).toBe(
    'coder may push to and merge into coder/app but not remove it: only the operator may. Send a message about it to the operator.',
  );
});

test('a refusal in a project names the members who may', () => {
  const members = { coder: 'write', scout: 'read', lead: 'merge' } as const;
  expect(authorize(WHO['scout'] as RepoCaller, 'push', repoOf('web', members))).toEqual({
    kind: 'refused',
    reason:
      'scout may read web/x but not push to it: only coder, lead and the operator may. Push to scout/x, then open a pull request with the head scout/x:BRANCH, or send a message about it to coder.',
  });
  const many = Object.fromEntries(['a', 'b', 'c', 'd', 'e'].map((name) => [name, 'merge' as const]));
  expect(authorize(WHO['coder'] as RepoCaller, 'merge', repoOf('web', many))).toEqual({
    kind: 'refused',
    reason:
      'coder may push to web/x but not merge its pull requests: only a, b, c, 2 more of its members and the operator may. Send a message about it to a.',
  });
  expect(authorize(WHO['manager'] as RepoCaller, 'push', repoOf('web'))).toEqual({
    kind: 'refused',
    reason:
      'manager may read web/x but not push to it: only the operator may. Push to manager/x, then open a pull request with the head manager/x:BRANCH, or send a message about it to the operator.',
  });
});

test('a run of a check fetches from its own repository; everything else does not exist for it', () => {
  const check: RepoCaller = {
    kind: 'check',
    run: 7,
    owner: WEB,
    repo: 'x' as RepoName,
    ref: 'refs/checks/3',
    commit: '0'.repeat(40),
  };
  for (const action of Object.keys(ACTION_LEVELS) as RepoAction[]) {
    const own = authorize(check, action, repoOf(WEB));
    expect(own.kind, action).toBe(action === 'fetch' ? 'allowed' : 'hidden');
    for (const owner of ['coder', 'shared', 'hive', 'operator'])
      expect(authorize(check, action, repoOf(owner)).kind, `${action} of ${owner}`).toBe('hidden');
    const sibling = { ...repoOf(WEB), name: 'y' as RepoName };
    expect(authorize(check, action, sibling).kind, `${action} of its sibling`).toBe('hidden');
  }
});

const CALLERS = Object.values(WHO);
const EVERY_ACTION = Object.keys(ACTION_LEVELS) as RepoAction[];
const anyScopes = subarray([...TOKEN_SCOPES]).map((scopes) => new Set(scopes));
const anyRepositories = option(subarray(['web/x', 'coder/x', 'shared/x']).map((names) => new Set(names)));

test('a token never allows or shows more than its owner may and sees, and nothing outside of its repositories', () => {
  assert(
    property(
      record({
        caller: constantFrom(...CALLERS),
        action: constantFrom(...EVERY_ACTION),
        owner: constantFrom('web', 'coder', 'shared', 'hive', 'operator'),
        scopes: anyScopes,
        repositories: anyRepositories,
      }),
      ({ caller, action, owner, scopes, repositories }) => {
        const repo = repoOf(owner);
        const plain = authorize(caller, action, repo).kind;
        const limited = authorize({ ...caller, token: { scopes, repositories } }, action, repo).kind;
        if (repositories !== null && !repositories.has(`${owner}/x`)) expect(limited).toBe('hidden');
        if (plain !== 'allowed') expect(limited).not.toBe('allowed');
        if (plain === 'hidden') expect(limited).toBe('hidden');
        if (ACTION_LEVELS[action] === 'admin') expect(limited).not.toBe('allowed');
      },
    ),
  );
});

test('a token with a scope that reads may read, with one that writes push and merge, and with neither see nothing', () => {
  const lead = WHO['lead'] as RepoCaller;
  const kinds = (...scopes: (typeof TOKEN_SCOPES)[number][]) =>
    (['look', 'fetch', 'comment', 'push', 'merge', 'remove'] as const).map(
      (action) =>
        authorize({ ...lead, token: { scopes: new Set(scopes), repositories: null } }, action, repoOf('web')).kind,
    );
  expect(kinds('read:repository')).toEqual(['allowed', 'allowed', 'refused', 'refused', 'refused', 'refused']);
  expect(kinds('write:issue')).toEqual(['allowed', 'refused', 'allowed', 'refused', 'refused', 'refused']);
  expect(kinds('write:repository')).toEqual(['allowed', 'allowed', 'allowed', 'allowed', 'allowed', 'refused']);
  expect(kinds('read:user')).toEqual(['hidden', 'hidden', 'hidden', 'hidden', 'hidden', 'hidden']);
});

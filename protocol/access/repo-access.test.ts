import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { AgentName, ProjectName, RepoName } from '../names.ts';
import {
  ACCESS,
  ACCESS_LEVELS,
  ACTION_LEVELS,
  type AccessLevel,
  accessOf,
  MEMBER_LEVELS,
  type Owner,
  plainOwner,
  type RepoAction,
  type RepoCaller,
  suffices,
} from './repo-access.ts';

const rank = (level: AccessLevel) => ACCESS_LEVELS.indexOf(level);

/** Few names, so that those of agents and of projects collide often. */
const word = fc.constantFrom('a', 'b', 'c', 'manager');
const agent = fc
  .record({
    name: word.map((name) => name as AgentName),
    isManager: fc.boolean(),
    projects: fc
      .array(fc.tuple(word, fc.constantFrom(...MEMBER_LEVELS)))
      .map((pairs) => new Map(pairs as [ProjectName, (typeof MEMBER_LEVELS)[number]][])),
  })
  .map((each) => ({ kind: 'agent' as const, ...each }));
type Person = Exclude<RepoCaller, { kind: 'check' }>;
const caller: fc.Arbitrary<Person> = fc.oneof(agent, fc.constant({ kind: 'operator' as const }));
const project = word.map((name): Owner => ({ kind: 'project', name: name as ProjectName }));
const owner: fc.Arbitrary<Owner> = fc.oneof(
  project,
  word.map((name) => plainOwner(name as AgentName)),
  fc.constantFrom(plainOwner('shared'), plainOwner('hive'), plainOwner('operator')),
);

test('no caller has more than the table gives to one of its relations, or its spec gives it in that project', () => {
  fc.assert(
    fc.property(caller, owner, (who, whose) => {
      const rights = ACCESS[whose.kind];
      const given = [rights.operator, rights.manager, rights.agent].map((level) => level ?? 'none');
      const allowed: AccessLevel[] =
        who.kind === 'operator'
          ? [given[0] as AccessLevel]
          : [
              (who.isManager ? given[1] : given[2]) as AccessLevel,
              ...(whose.kind === 'agent' && whose.name === who.name ? (['merge'] as const) : []),
              ...(whose.kind === 'project' ? [who.projects.get(whose.name) ?? ('none' as const)] : []),
            ];
      expect(rank(accessOf(who, whose))).toBe(Math.max(...allowed.map(rank)));
    }),
  );
});

test('a name of a project gives nothing in the repositories of an agent of that name, nor the other way round', () => {
  fc.assert(
    fc.property(agent, word, (who, name) => {
      const outsider = { ...who, name: 'outsider' as AgentName };
      const ofAgent = plainOwner(name as AgentName);
      expect(accessOf(outsider, ofAgent)).toBe(accessOf({ ...outsider, projects: new Map() }, ofAgent));
      const named = { ...who, name: name as AgentName, projects: new Map() };
      const ofProject: Owner = { kind: 'project', name: name as ProjectName };
      expect(accessOf(named, ofProject)).toBe(accessOf({ ...named, name: 'outsider' as AgentName }, ofProject));
    }),
  );
});

test('a member of one project has nothing in another one, nor in what others own', () => {
  fc.assert(
    fc.property(agent, owner, (who, whose) => {
      const elsewhere = new Map(who.projects);
      if (whose.kind === 'project') elsewhere.delete(whose.name);
      expect(accessOf({ ...who, projects: elsewhere }, whose)).toBe(accessOf({ ...who, projects: new Map() }, whose));
    }),
  );
});

test('membership never takes a right away, and a higher level never allows less', () => {
  fc.assert(
    fc.property(agent, project, fc.tuple(fc.nat(3), fc.nat(3)), (who, whose, [one, other]) => {
      const at = (index: number) => ({
        ...who,
        projects: new Map([[whose.name as ProjectName, MEMBER_LEVELS[index] as (typeof MEMBER_LEVELS)[number]]]),
      });
      const [low, high] = [accessOf(at(Math.min(one, other)), whose), accessOf(at(Math.max(one, other)), whose)];
      expect(rank(high)).toBeGreaterThanOrEqual(rank(low));
      expect(rank(low)).toBeGreaterThanOrEqual(rank(accessOf({ ...who, projects: new Map() }, whose)));
      for (const action of Object.keys(ACTION_LEVELS) as RepoAction[])
        if (suffices(low, action)) expect(suffices(high, action), action).toBe(true);
    }),
  );
});

test('no agent administers a repository, whatever its spec says', () => {
  fc.assert(fc.property(agent, owner, (who, whose) => accessOf(who, whose) !== 'admin'));
});

test('a run of a check fetches from the owner of its repository, and has no other right anywhere', () => {
  fc.assert(
    fc.property(owner, owner, (own, whose) => {
      const check: RepoCaller = {
        kind: 'check',
        run: 1,
        owner: own.name,
        repo: 'x' as RepoName,
        ref: 'refs/checks/1',
        commit: '0'.repeat(40),
      };
      const level = accessOf(check, whose);
      expect(level).toBe(own.name === whose.name ? 'checkout' : 'none');
      const actions = (Object.keys(ACTION_LEVELS) as RepoAction[]).filter((action) => suffices(level, action));
      expect(actions).toEqual(own.name === whose.name ? ['fetch'] : []);
    }),
  );
});

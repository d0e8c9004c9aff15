import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { accessOf, MEMBER_LEVELS } from '../protocol/access/repo-access.ts';
import type { AgentName, RepoOwner } from '../protocol/names.ts';
import { forgeControl } from '../protocol/schemas/service.ts';
import { createRoster, type RosterLine } from './roster.ts';

const NAMES = ['a', 'b', 'c', 'd'] as const;
const OWNERS: readonly string[] = [...NAMES, 'shared', 'hive', 'operator'];
const name = fc.constantFrom(...NAMES);
/** hived's line, also as hived would never send it: names that are both, levels in projects that there are not. */
const line = fc
  .record({
    agents: fc.uniqueArray(
      fc.record({ name, isManager: fc.boolean(), projects: fc.dictionary(name, fc.constantFrom(...MEMBER_LEVELS)) }),
      { selector: (agent) => agent.name },
    ),
    projects: fc.uniqueArray(name),
  })
  .map(({ agents, projects }): RosterLine => {
    const sent = agents.map((agent) => ({ ...agent, parent: null, socket: `/run/${agent.name}` }));
    const parsed = forgeControl.parse({ type: 'agents', agents: sent, projects });
    if (parsed.type !== 'agents') throw new Error('another line');
    return parsed;
  });

test('an owner is an agent or a project, never both, and only a member has a level by its spec', () => {
  fc.assert(
    fc.property(line, (sent) => {
      const roster = createRoster();
      roster.set(sent);
      for (const text of OWNERS) {
        const owner = roster.ownerOf(text as RepoOwner);
        const isAgent = sent.agents.some((agent) => agent.name === text);
        expect(owner.name).toBe(text);
        expect(owner.kind === 'project').toBe(!isAgent && sent.projects.some((project) => project === text));
        for (const agent of sent.agents) {
          const caller = roster.callerNamed(agent.name);
          const level = (agent.projects as Record<string, string>)[text];
          const isMember = owner.kind === 'project' && owner.members.has(agent.name);
          expect(isMember).toBe(owner.kind === 'project' && level !== undefined);
          const isOwn = agent.name === text;
          if (isOwn) expect(accessOf(caller, owner)).toBe('merge');
          else if (isMember && !agent.isManager) expect(accessOf(caller, owner)).toBe(level);
          else if (!agent.isManager && text !== 'shared') expect(accessOf(caller, owner)).toBe('none');
        }
      }
    }),
  );
});

test('the next line replaces projects and members; an agent that is gone has no rights', () => {
  const roster = createRoster();
  const scout = {
    name: 'scout' as AgentName,
    parent: null,
    isManager: false,
    socket: '/x',
    projects: { web: 'write' },
  };
  const parse = (agents: object[], projects: string[]) =>
    forgeControl.parse({ type: 'agents', agents, projects }) as RosterLine;
  roster.set(parse([scout], ['web']));
  expect([...roster.callerNamed(scout.name).projects]).toEqual([['web', 'write']]);
  expect(roster.isOwnerKnown('web' as RepoOwner)).toBe(true);
  roster.set(parse([scout], []));
  expect([...roster.callerNamed(scout.name).projects]).toEqual([]);
  expect(roster.isOwnerKnown('web' as RepoOwner)).toBe(false);
  roster.set(parse([], ['web']));
  expect(() => roster.callerNamed(scout.name)).toThrow(expect.objectContaining({ code: 'unknown_agent' }));
  // A hived of an older build sends neither.
  const { projects: _none, ...old } = scout;
  roster.set(forgeControl.parse({ type: 'agents', agents: [old] }) as RosterLine);
  expect([...roster.callerNamed(scout.name).projects]).toEqual([]);
});

/** Projects and their members: one namespace with agents, levels in specs, and what a removal takes away. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type AgentName, MANAGER, type ProjectName } from '../../../../protocol/names.ts';
import type { MembershipChanges } from '../../../../protocol/schemas/project.ts';
import { parseConfig } from '../../config/parse-config.ts';
import { openTestFleet } from '../../testing/open-test-fleet.ts';
import { completeSpec } from '../agents/complete-spec.ts';
import { destroyAgent } from '../agents/destroy.ts';
import { restoreAgent } from '../agents/restore.ts';
import { handleProjects } from './handlers.ts';

const BY = { caller: 'hivectl' as const, lastEventId: null, signal: new AbortController().signal };
const scout = 'scout' as AgentName;
const web = 'web' as ProjectName;
let hive: Awaited<ReturnType<typeof openTestFleet>>;
let told: number;
let operator: ReturnType<typeof handleProjects>['operator'];
let admin: ReturnType<typeof handleProjects>['admin'];
beforeEach(async () => {
  hive = await openTestFleet();
  told = 0;
  hive.changed.told = () => {
    told += 1;
    return Promise.resolve();
  };
  ({ operator, admin } = handleProjects({
    ...hive,
    clock: () => hive.time.now,
    requireFree: hive.fleet.claims.requireFree,
    notify: hive.turns.notify,
    onProjectsChanged: () => {
      told += 1;
      return Promise.resolve();
    },
  }));
});
afterEach(() => hive.close());

const make = (name: string) => admin.createProject({ name: name as ProjectName, description: '' }, BY);
const remove = (members?: string) =>
  admin.removeProject(members === undefined ? { name: web } : { name: web, members }, BY);
const join = (projects: Record<string, string>, name = scout) =>
  hive.fleet.declarations.change(name, { spec: { projects: projects as MembershipChanges }, by: 'hivectl' });
const projectsOf = (name = scout) => hive.fleet.views.view(name).spec.projects;
const spec = (projects: Record<string, string> = {}) =>
  completeSpec({ projects: projects as MembershipChanges }, parseConfig('', 'config.yaml'));
const create = (name: string, projects?: Record<string, string>) =>
  hive.fleet.declarations.create({ name: name as AgentName, parent: MANAGER, spec: spec(projects), start: false });

test('members join with a level, change it and leave; each change reaches the forge at once, without another box', async () => {
  await make('web');
  await make('docs');
  expect(told).toBe(2);
  const { changed, agent } = await join({ web: 'write', docs: 'read' });
  expect({ changed, outdated: agent.outdated }).toEqual({ changed: ['projects'], outdated: false });
  await join({ web: 'merge' });
  expect(projectsOf()).toEqual({ web: 'merge', docs: 'read' });
  expect(told).toBe(4);
  expect(operator.listProjects().projects).toMatchObject([
    { name: 'docs', members: [{ agent: 'scout', level: 'read' }] },
    { name: 'web', members: [{ agent: 'scout', level: 'merge' }] },
  ]);
  await join({ web: 'none', docs: 'none' });
  expect(projectsOf()).toBeUndefined();
  expect((await join({ web: 'none' })).changed).toEqual([]);
});

test('a project that there is not is refused with those that there are, for a new agent too', async () => {
  await expect(join({ web: 'read' })).rejects.toMatchObject({
    code: 'unknown_project',
    message: 'There is no project "web", and no other one yet. Make it first.',
  });
  await make('docs');
  const message = 'There is no project "web". There are: docs.';
  await expect(join({ docs: 'read', web: 'read' })).rejects.toMatchObject({ code: 'unknown_project', message });
  expect(projectsOf()).toBeUndefined();
  await expect(create('helper', { web: 'read' })).rejects.toMatchObject({ code: 'unknown_project', message });
  expect(() => hive.fleet.views.view('helper' as AgentName)).toThrow('no agent');
  expect(() => operator.getProject({ name: web })).toThrow(message);
});

test('too many projects are refused', async () => {
  const many = Object.fromEntries(Array.from({ length: 21 }, (_, i) => [`p${i}`, 'read']));
  for (const name of Object.keys(many)) await make(name);
  await expect(join(many)).rejects.toMatchObject({ code: 'invalid_input' });
});

/**
 * Vulnerability: the repositories of an agent become those of a project of its name, or the other way round. Scenario:
 * both are made, one after the other and at once, also while the agent is destroyed. Verified: one of them is refused.
 */
test('agents and projects have different names', async () => {
  await expect(make('scout')).rejects.toMatchObject({
    code: 'duplicate_project',
    message: 'There is an agent "scout" already. Projects and agents have different names: choose another one.',
  });
  await make('web');
  await expect(make('web')).rejects.toMatchObject({ code: 'duplicate_project' });
  await expect(create('web')).rejects.toMatchObject({
    code: 'duplicate_agent',
    message: 'There is a project "web" already. Agents and projects have different names: choose another one.',
  });
  for (const name of ['a', 'b', 'c', 'd']) {
    const both = await Promise.allSettled(name < 'c' ? [make(name), create(name)] : [create(name), make(name)]);
    expect(both.map(({ status }) => status).toSorted(), name).toEqual(['fulfilled', 'rejected']);
  }
  hive.fleet.claims.claim('gone' as AgentName);
  await expect(make('gone')).rejects.toMatchObject({ code: 'busy' });
});

test('a project with members is removed only when that is said, and is then taken from their specs', async () => {
  await make('web');
  await make('docs');
  await join({ web: 'write', docs: 'read' });
  await join({ web: 'read' }, MANAGER);
  await expect(remove()).rejects.toMatchObject({
    code: 'project_in_use',
    message: expect.stringContaining('These agents are in web: manager, scout.'),
  });
  await expect(remove('docs')).rejects.toMatchObject({ code: 'name_mismatch' });
  expect(await remove('web')).toEqual({ name: 'web', left: ['manager', 'scout'] });
  expect([projectsOf(), projectsOf(MANAGER)]).toEqual([{ docs: 'read' }, undefined]);
  await expect(remove()).rejects.toMatchObject({ code: 'unknown_project' });
  // A project of that name that is made later has no members.
  await make('web');
  expect(operator.getProject({ name: web }).project.members).toEqual([]);
});

test('a harness whose agent loses a project with its removal gets the spec again before the next turn', async () => {
  await make('web');
  await hive.fleet.keepers.reconcileAll();
  await join({ web: 'write' });
  const harness = await hive.boot('scout');
  const waiting = harness.wake(60_000);
  const refused = expect(waiting).rejects.toMatchObject({ code: 'stale_boot' });
  await remove('web');
  await refused;
});

test('a destroyed agent is in no project; restored, it is in those of its projects that there still are', async () => {
  await make('web');
  await make('docs');
  await join({ web: 'write', docs: 'read' });
  const { archive } = await destroyAgent(hive.destroy, scout, undefined);
  expect(operator.getProject({ name: web }).project.members).toEqual([]);
  await remove();
  const file = archive?.split('/').at(-1) ?? '';
  const restore = (as?: string) =>
    restoreAgent(
      { ...hive.destroy, completeSpec: () => spec() },
      { archive: file, start: false, ...(as === undefined ? {} : { as: as as AgentName }) },
    );
  await expect(restore('docs')).rejects.toMatchObject({ code: 'duplicate_agent' });
  expect((await restore()).spec.projects).toEqual({ docs: 'read' });
});

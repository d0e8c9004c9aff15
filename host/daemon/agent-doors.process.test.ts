import { expect, onTestFinished, test } from 'vitest';
import type { AgentName, ProjectName } from '../../protocol/names.ts';
import { agentSurface } from '../../protocol/operations/agent.ts';
import { forgeControl } from '../../protocol/schemas/service.ts';
import { openLog } from '../../system/log.ts';
import { fakeHandlers } from '../../wire/testing/fake-handlers.ts';
import { type AgentDoors, openAgentDoors } from './agent-doors.ts';
import { createKnownSecrets } from './core/known-secrets.ts';
import { handleProjects } from './modules/projects/handlers.ts';
import { openTestFleet } from './testing/open-test-fleet.ts';

const BY = { caller: 'hivectl' as const, lastEventId: null, signal: new AbortController().signal };

test('the forge gets the projects, and the level of each agent in each, with every change of them', async () => {
  const hive = await openTestFleet();
  onTestFinished(() => hive.close());
  const lines: unknown[] = [];
  const services = { send: (name: string, line: unknown) => void (name === 'forge' && lines.push(line)) };
  const doors: AgentDoors = await openAgentDoors(
    {
      core: { ...hive, secrets: createKnownSecrets() } as never,
      parts: {
        services,
        agentSecrets: { deliver: () => Promise.resolve() },
        egress: { push: () => undefined },
        providers: { of: () => 'demo', modelOf: () => ({ entries: [] }) },
        found: () => undefined,
      } as never,
      log: openLog({ level: 'silent', output: process.stderr }),
    },
    fakeHandlers<typeof agentSurface, AgentName>(agentSurface, {}),
  );
  onTestFinished(() => doors.close());
  hive.changed.told = () => doors.sync();
  const { admin } = handleProjects({
    ...hive,
    requireFree: hive.fleet.claims.requireFree,
    notify: () => undefined,
    onProjectsChanged: () => doors.sync(),
  });
  const last = () => {
    const line = forgeControl.parse(lines.at(-1));
    if (line.type !== 'agents') throw new Error('not a line of agents');
    const members = line.agents.filter(({ projects }) => Object.keys(projects).length > 0);
    return { projects: line.projects, members: members.map(({ name, projects }) => [name, projects]) };
  };
  const name = 'web' as ProjectName;
  await admin.createProject({ name, description: '' }, BY);
  expect(last()).toEqual({ projects: ['web'], members: [] });
  await hive.create('judge', { projects: { [name]: 'review' } });
  expect(last()).toEqual({ projects: ['web'], members: [['judge', { web: 'review' }]] });
  await admin.removeProject({ name, members: name }, BY);
  expect(last()).toEqual({ projects: [], members: [] });
});

import { afterEach, expect, test } from 'vitest';
import type { AgentName, ProjectName } from '../../../protocol/names.ts';
import type { ProjectView } from '../../../protocol/schemas/project.ts';
import { runHivectl } from '../testing/run-hivectl.ts';
import { agentView, openStandInHive, type StandInHive } from '../testing/stand-in-hive.ts';

let hive: StandInHive;
afterEach(() => hive.close());

const WEB: ProjectView = {
  name: 'web' as ProjectName,
  description: 'the shop',
  createdAt: 0,
  members: [{ agent: 'scout' as AgentName, level: 'write' }],
};
const run = (...args: string[]) => runHivectl(hive.socket, ['forge', 'project', ...args]);

test('projects are listed with their members; without any, the list says how to make one', async () => {
  hive = await openStandInHive({ listProjects: () => ({ projects: [WEB] }) });
  expect((await run('ls')).out).toMatch(/web +\S.* +scout=write +the shop/);
  expect(JSON.parse((await run('ls', '--json')).out)).toEqual({ projects: [WEB] });
  await hive.stop();
  await hive.start({ listProjects: () => ({ projects: [] }) });
  expect((await run('ls')).out).toBe('There is no project. Make one: hivectl forge project create NAME\n');
});

test('a project is made and removed; its members are taken out when its name is repeated', async () => {
  const asked: unknown[] = [];
  hive = await openStandInHive({
    createProject: (input) => {
      asked.push(input);
      return { project: WEB };
    },
    removeProject: (input) => {
      asked.push(input);
      return { name: WEB.name, left: ['scout' as AgentName] };
    },
  });
  const made = await run('create', 'web', '--description', 'the shop');
  expect(made.out).toBe('Made the project web. Make an agent a member: hivectl edit AGENT --project web=write\n');
  const removed = await run('rm', 'web', '--members', 'web');
  expect(removed.out).toContain('The project web is gone. It was taken from scout.');
  await run('rm', 'web', '--yes');
  expect(asked).toEqual([{ name: 'web', description: 'the shop' }, { name: 'web', members: 'web' }, { name: 'web' }]);
});

test('what cannot be meant is refused with one error, before hived is asked', async () => {
  hive = await openStandInHive({});
  for (const [args, words, exit] of [
    [['create', 'Web'], '"Web" cannot be the name of a project', 64],
    [['create', 'shared'], 'that name is reserved', 64],
    [['show'], 'NAME', 64],
  ] as const) {
    const { code, err } = await run(...args);
    expect(err).toContain(words);
    expect(code).toBe(exit);
  }
});

test('agents join and leave projects with --project, given for each', async () => {
  const asked: unknown[] = [];
  hive = await openStandInHive({
    changeAgent: ({ spec }) => {
      asked.push(spec);
      return { agent: agentView('scout'), changed: ['projects'] };
    },
  });
  const edit = (...options: string[]) => runHivectl(hive.socket, ['edit', 'scout', ...options]);
  expect((await edit('--project', 'web=write', '--project', 'docs=none')).out).toBe(
    'scout: changed projects. It has effect from its next turn on. Its rights in the forge have changed already.\n',
  );
  expect(asked).toEqual([{ projects: { web: 'write', docs: 'none' } }]);
  for (const text of ['web', 'web=admin', 'web=', '=read', 'Web=read', 'web=read=write', 'shared=read', '']) {
    const { code, err } = await edit('--project', text);
    expect(code, text).toBe(64);
    expect(err, text).toContain('--project is NAME=LEVEL, e.g. web=write');
  }
});

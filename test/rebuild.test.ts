import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import Docker from 'dockerode';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTestHive, type TestHive } from './support/test-hive.ts';

// Five agents, messages in flight.
const AGENTS = ['manager', 'scout', 'coder', 'tester', 'writer'];
let hive: TestHive;
beforeAll(async () => {
  hive = await openTestHive({ agents: AGENTS });
  await hive.start();
  await hive.allIdle();
});
afterAll(() => hive.close());

test('rebuild --all: manager first, a turn about it for each, nothing lost, files and session kept', async () => {
  for (const name of AGENTS) await hive.inBox(name, ['sh', '-c', `echo ${name} > /agents/${name}/state/mine`]);
  await Promise.all(AGENTS.map((name) => hive.admin.call('send', { to: name, body: 'begin a session' })));
  for (const name of AGENTS) await hive.event((event) => event.kind === 'turn.finished' && event.agent === name);
  const sessions = new Map(
    (await hive.admin.call('listAgents', {})).agents.map((agent) => [agent.name as string, agent.sessionId]),
  );

  // Messages in flight: some running (a slow answer), some waiting behind them, some sent meanwhile.
  const ids: number[] = [];
  for (const name of AGENTS) {
    ids.push((await hive.admin.call('send', { to: name, body: '@Bash {"command":"sleep 1"}' })).id);
    ids.push((await hive.admin.call('send', { to: name, body: 'behind it' })).id);
  }
  await hive.admin.call('rebuildAll', { reason: 'a new toolchain' });
  for (const name of AGENTS) ids.push((await hive.admin.call('send', { to: name, body: 'sent meanwhile' })).id);
  await hive.event((event) => event.kind === 'rebuild_all.finished');
  await hive.until(
    async () => (await hive.admin.call('listAgents', {})).agents.every((agent) => agent.queued + agent.leased === 0),
    'all mail to be handled',
  );

  const log = await hive.events();
  const notices = log.filter((event) => event.kind === 'message.sent' && event.data['from'] === 'system');
  const managerTurn = log.find(
    (event) =>
      event.kind === 'turn.finished' &&
      event.agent === 'manager' &&
      event.data['outcome'] === 'done' &&
      includes(event, notices[0]?.data['id']),
  );
  for (const name of AGENTS) {
    const notice = notices.find((event) => event.data['to'] === name);
    const turn = log.find(
      (event) =>
        event.kind === 'turn.finished' &&
        event.agent === name &&
        event.data['outcome'] === 'done' &&
        includes(event, notice?.data['id']),
    );
    expect(turn, `${name} had a turn about its rebuild`).toBeDefined();
    const begun = log.find((event) => event.kind === 'agent.rebuilding' && event.agent === name);
    if (name !== 'manager') expect(begun?.seq).toBeGreaterThan(managerTurn?.seq ?? Infinity);
    expect((await hive.inBox(name, ['cat', `/agents/${name}/state/mine`])).output.trim()).toBe(name);
  }
  const { agents } = await hive.admin.call('listAgents', {});
  expect(agents.map((agent) => [agent.name, agent.generation, agent.sessionId])).toEqual(
    agents.map((agent) => [agent.name, 2, sessions.get(agent.name)]),
  );
  for (const id of ids) {
    const { messages } = await hive.admin.call('getThread', { id });
    expect(messages.find((message) => message.id === id)?.receipts).toMatchObject([{ state: 'done' }]);
  }
  expect(await hive.containers()).toHaveLength(AGENTS.length);
});

function includes(event: { data: Record<string, unknown> }, id: unknown): boolean {
  return (event.data['messages'] as unknown[]).includes(id);
}

test('a changed spec takes effect in the next box: outdated until a rebuild, which the harness then runs with', async () => {
  const tooSmall = await hive.hivectl(['edit', 'scout', '--memory', '768']);
  expect(tooSmall.stderr).toContain('/tmp counts as memory: of 768 MiB (limits.memoryMb) it may have 320');
  const changed = await hive.hivectl(['edit', 'scout', '--memory', '768', '--tmp', '128', '--model', 'opus', '--json']);
  expect(JSON.parse(changed.stdout)).toMatchObject({
    changed: ['model', 'limits.memoryMb', 'limits.tmpMb'],
    agent: { outdated: true, spec: { model: 'opus', limits: { memoryMb: 768, tmpMb: 128 } } },
  });
  const again = await hive.hivectl(['edit', 'scout', '--memory', '768', '--rebuild']);
  expect(again.stdout).toContain('nothing changed');
  await hive.hivectl(['edit', 'scout', '--prompt', 'Look twice.', '--rebuild']);
  await hive.allIdle();
  const { agent } = await hive.admin.call('getAgent', { name: 'scout' });
  expect(agent).toMatchObject({ outdated: false, spec: { prompt: 'Look twice.', model: 'opus' } });
  const boxes = await hive.containers();
  const box = boxes.find(({ Id }) => Id === agent.boxId);
  const docker = new Docker();
  const { HostConfig } = await docker.getContainer(box?.Id ?? '').inspect();
  expect(HostConfig.Memory).toBe(768 * 1024 * 1024);
});

test('an agent that is to have no turn about a rebuild reads the notice with its next message', async () => {
  const { turns } = (await hive.admin.call('getAgent', { name: 'tester' })).agent;
  await hive.hivectl(['edit', 'tester', '--wake-for', 'none', '--rebuild']);
  await hive.allIdle();
  expect((await hive.admin.call('getAgent', { name: 'tester' })).agent).toMatchObject({ turns, queued: 1, riding: 1 });
  expect((await hive.hivectl(['ps', 'tester'])).stdout).toContain('1 rides along');
  const { id } = await hive.admin.call('send', { to: 'tester', body: 'what is new?' });
  const begun = await hive.event(
    (event) => event.kind === 'turn.started' && event.agent === 'tester' && includes(event, id),
  );
  expect(begun.data['messages']).toHaveLength(2);
  await hive.event((event) => event.kind === 'turn.finished' && event.data['turn'] === begun.data['turn']);
  expect((await hive.admin.call('getAgent', { name: 'tester' })).agent).toMatchObject({ turns: turns + 1, queued: 0 });
});

test.skipIf(process.getuid?.() !== 0)(
  'an agent that is destroyed leaves nothing on the host: no box, cgroup, process, socket, file',
  async () => {
    const { agent } = await hive.admin.call('getAgent', { name: 'writer' });
    const { uid } = await stat(join(hive.root, 'agents/writer/state'));
    await hive.inBox('writer', ['/bin/sh', '-c', 'setsid sleep 900 > /dev/null 2>&1 & sleep 0']);
    const before = await findTraces(agent.boxId ?? '', uid);
    for (const [kind, found] of Object.entries(before))
      expect({ kind, found: found.length }).not.toMatchObject({ found: 0 });
    await hive.hivectl(['destroy', 'writer', '--purge', 'writer']);
    expect(await findTraces(agent.boxId ?? '', uid)).toEqual({
      boxes: [],
      cgroups: [],
      processes: [],
      sockets: [],
      files: [],
    });
  },
);

/**
 * Traces of the agent "writer" in the engine, the kernel and on disk. Another hive of this machine may start and stop
 * boxes meanwhile, and have agents with the same uid: a process counts when it is in the box or uses this hive's files.
 */
async function findTraces(boxId: string, uid: number) {
  const walk = async (dir: string) => (await readdir(dir, { recursive: true })).map((path) => join(dir, path));
  const isOfWriter = async (pid: string): Promise<boolean> => {
    try {
      const cgroup = await readFile(`/proc/${pid}/cgroup`, 'utf8');
      const command = await readFile(`/proc/${pid}/cmdline`, 'utf8');
      return (await stat(`/proc/${pid}`)).uid === uid && (cgroup.includes(boxId) || command.includes(hive.root));
    } catch {
      // The process ended meanwhile.
      return false;
    }
  };
  const pids = (await readdir('/proc')).filter((pid) => /^\d+$/.test(pid));
  const areOfWriter = await Promise.all(pids.map(isOfWriter));
  const sockets = (await readFile('/proc/net/unix', 'utf8')).split('\n');
  const files = [...(await walk(hive.root)), ...(await walk(hive.run))];
  return {
    boxes: (await hive.containers()).filter(({ Labels }) => Labels['hive.agent'] === 'writer').map(({ Id }) => Id),
    cgroups: await findCgroups('/sys/fs/cgroup', boxId),
    processes: pids.filter((_, index) => areOfWriter[index]),
    sockets: sockets.filter((line) => line.includes(`${hive.run}/agents/writer/`)),
    files: files.filter((path) => /\bwriter\b/.test(path)),
  };
}

/** The cgroups below `dir` whose path names a box. Those of others may vanish during the search. */
async function findCgroups(dir: string, boxId: string): Promise<string[]> {
  const entries = await readdir(dir, { withFileTypes: true }).catch(() => []);
  const children = entries.filter((entry) => entry.isDirectory()).map(({ name }) => join(dir, name));
  const found = await Promise.all(children.map((child) => findCgroups(child, boxId)));
  return [...children.filter((child) => child.includes(boxId)), ...found.flat()];
}

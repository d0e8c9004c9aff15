import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import Docker from 'dockerode';
import type { AgentName } from '../../../protocol/names.ts';
import { TEST_TOOLCHAIN } from '../../support/test-clis.ts';
import { openTestHive, type TestHive } from '../../support/test-hive.ts';
import { type BenchRun, type Figure, median, type Scenario } from '../figure.ts';
import { type DirectCli, startDirectCli } from '../floors/direct-cli.ts';
import { timeSameBox } from '../floors/same-box.ts';
import { findBelow, residentMb, startIdleNode } from '../processes.ts';
import { type EventWatch, watchEvents } from '../watch-events.ts';

const AGENTS = ['ada', 'bob', 'cleo', 'dan', 'eve'] as AgentName[];
const WARM_TURNS = 8;
const IDLE_MS = 10_000;
/** Ends an idle warm CLI after this time: later than the next warm turn, and soon enough to wait for. */
const WARM_IDLE_MS = 3_000;
const MESSAGE = 'How do you do?';

/** Boxes, turns and memory of a whole hive: the real engine, the real CLI, the demo model. */
export const boxes: Scenario = {
  names: ['box.hello', 'turn.cold', 'turn.warm', 'rss.harness', 'rss.harness.used', 'rss.hived'],
  async run(bench) {
    const docker = new Docker({ socketPath: '/var/run/docker.sock' });
    const hive = await openTestHive({
      agents: ['manager'],
      config: { harness: { warm_idle_ms: WARM_IDLE_MS } },
    });
    bench.atEnd(hive.close);
    const idleNode = startIdleNode(join(TEST_TOOLCHAIN, 'node/bin/node'));
    bench.atEnd(idleNode.close);
    await hive.start();
    const watching = new AbortController();
    bench.atEnd(async () => watching.abort());
    const watch = await watchEvents(hive.admin, watching.signal);
    await watch.next('harness.hello', 'manager' as AgentName);
    const place = { hive, docker, watch, bench };
    const figures: Figure[] = [await measureHello(place), ...(await measureIdle(place, idleNode.pid))];
    if (['turn.cold', 'turn.warm', 'rss.harness.used'].some(bench.wants))
      figures.push(...(await measureTurns(place)), await measureUsed(place, idleNode.pid));
    return figures;
  },
};

interface Place {
  hive: TestHive;
  docker: Docker;
  watch: EventWatch;
  bench: BenchRun;
}

async function measureHello({ hive, docker, watch, bench }: Place): Promise<Figure> {
  const hellos: number[] = [];
  const floors: number[] = [];
  for (const name of AGENTS) {
    bench.say(`box of ${name}`);
    const hello = watch.next('harness.hello', name);
    const from = performance.now();
    await hive.admin.call('createAgent', { name, start: true });
    hellos.push((await hello).at - from);
    floors.push(await timeSameBox(docker, await boxOf(hive, name)));
  }
  return { name: 'box.hello', value: median(hellos), unit: 'ms', floor: median(floors) };
}

async function measureIdle({ hive, docker, bench }: Place, idleNode: number): Promise<Figure[]> {
  bench.say(`idle for ${IDLE_MS / 1000} s`);
  await wait(IDLE_MS);
  const floor = await residentMb(idleNode);
  const harnesses = await Promise.all(AGENTS.map((name) => harnessMb(hive, docker, name)));
  return [
    { name: 'rss.harness', value: median(harnesses), unit: 'MB', floor },
    { name: 'rss.hived', value: await residentMb(hive.hived().pid!), unit: 'MB', floor },
  ];
}

/** Each agent's first turn is a cold one; turns of the CLI run directly on the same gateway alternate with them. */
async function measureTurns({ hive, watch, bench }: Place): Promise<Figure[]> {
  const cold: number[] = [];
  const warm: number[] = [];
  const floor = { cold: [] as number[], warm: [] as number[] };
  const turn = async (name: AgentName) => {
    const finished = watch.next('turn.finished', name);
    await hive.admin.call('send', { to: name, body: MESSAGE });
    const accepted = performance.now();
    const { at, event } = await finished;
    const { outcome, reason } = event.data as { outcome: string; reason: string | null };
    if (outcome !== 'done') throw new Error(`a turn ended as ${outcome}: ${reason}`);
    return at - accepted;
  };
  for (const name of AGENTS) {
    bench.say(`turns of ${name}`);
    const gone = watch.next('cli.exited', name);
    cold.push(await turn(name));
    for (let n = 0; n < WARM_TURNS; n += 1) warm.push(await turn(name));
    await gone;
    const direct: DirectCli = await startDirectCli(hive, name);
    try {
      floor.cold.push(await direct.turn(MESSAGE));
      for (let n = 0; n < WARM_TURNS; n += 1) floor.warm.push(await direct.turn(MESSAGE));
    } finally {
      await direct.close();
    }
  }
  return [
    { name: 'turn.cold', value: median(cold), unit: 'ms', floor: median(floor.cold) },
    { name: 'turn.warm', value: median(warm), unit: 'ms', floor: median(floor.warm) },
  ];
}

async function measureUsed({ hive, docker }: Place, idleNode: number): Promise<Figure> {
  const harnesses = await Promise.all(AGENTS.map((name) => harnessMb(hive, docker, name)));
  return { name: 'rss.harness.used', value: median(harnesses), unit: 'MB', floor: await residentMb(idleNode) };
}

async function boxOf(hive: TestHive, name: AgentName): Promise<string> {
  const box = (await hive.containers()).find((one) => one.Labels['hive.agent'] === name && one.State === 'running');
  if (box === undefined) throw new Error(`${name} has no running box`);
  return box.Id;
}

async function harnessMb(hive: TestHive, docker: Docker, name: AgentName): Promise<number> {
  const { State } = await docker.getContainer(await boxOf(hive, name)).inspect();
  return residentMb(await findBelow(State.Pid, 'harness.mjs'));
}

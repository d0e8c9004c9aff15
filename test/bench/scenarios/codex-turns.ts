import Docker from 'dockerode';
import type { AgentName } from '../../../protocol/names.ts';
import { openTestHive, type TestHive } from '../../support/test-hive.ts';
import { type BenchRun, type Figure, median, type Scenario } from '../figure.ts';
import { startDirectCodex } from '../floors/direct-codex.ts';
import { findBelow, residentMb } from '../processes.ts';
import { type EventWatch, watchEvents } from '../watch-events.ts';

const AGENTS = ['ada', 'bob', 'cleo'] as AgentName[];
const WARM_TURNS = 8;
const MESSAGE = 'How do you do?';
const MIB = 1024 * 1024;

/** Turns of agents of the driver codex: real boxes, the real CLI, the demo model. */
export const codexTurns: Scenario = {
  names: ['turn.cold.codex', 'turn.warm.codex', 'rss.codex'],
  async run(bench) {
    const hive = await openTestHive({ agents: ['manager'] });
    bench.atEnd(hive.close);
    await hive.start();
    const watching = new AbortController();
    bench.atEnd(async () => watching.abort());
    const watch = await watchEvents(hive.admin, watching.signal);
    const taken = { cold: [] as number[], warm: [] as number[], rss: [] as number[] };
    const floor = { cold: [] as number[], warm: [] as number[], rss: [] as number[] };
    for (const name of AGENTS) {
      await measureAgent({ hive, watch, bench, name }, taken);
      await measureDirect({ hive, name }, floor);
    }
    return [
      { name: 'turn.cold.codex', value: median(taken.cold), unit: 'ms', floor: median(floor.cold) },
      { name: 'turn.warm.codex', value: median(taken.warm), unit: 'ms', floor: median(floor.warm) },
      { name: 'rss.codex', value: median(taken.rss), unit: 'MB', floor: median(floor.rss) },
    ] satisfies Figure[];
  },
};

interface Taken {
  readonly cold: number[];
  readonly warm: number[];
  /** MiB. */
  readonly rss: number[];
}

async function measureAgent(
  { hive, watch, bench, name }: { hive: TestHive; watch: EventWatch; bench: BenchRun; name: AgentName },
  taken: Taken,
): Promise<void> {
  bench.say(`turns of ${name}`);
  const hello = watch.next('harness.hello', name);
  await hive.admin.call('createAgent', { name, spec: { driver: 'codex' }, start: true });
  await hello;
  const turn = async () => {
    const finished = watch.next('turn.finished', name);
    await hive.admin.call('send', { to: name, body: MESSAGE });
    const accepted = performance.now();
    const { at, event } = await finished;
    const { outcome, reason } = event.data as { outcome: string; reason: string | null };
    if (outcome !== 'done') throw new Error(`a turn ended as ${outcome}: ${reason}`);
    return at - accepted;
  };
  taken.cold.push(await turn());
  for (let n = 0; n < WARM_TURNS; n += 1) taken.warm.push(await turn());
  const box = (await hive.containers()).find((one) => one.Labels['hive.agent'] === name && one.State === 'running');
  if (box === undefined) throw new Error(`${name} has no running box`);
  const { State } = await new Docker().getContainer(box.Id).inspect();
  taken.rss.push(await residentMb(await findBelow(State.Pid, 'app-server')));
}

/** The same turns of the CLI alone, one after the other with the agent's. */
async function measureDirect({ hive, name }: { hive: TestHive; name: AgentName }, floor: Taken): Promise<void> {
  const direct = await startDirectCodex(hive, name);
  try {
    floor.cold.push(await direct.turn(MESSAGE));
    for (let n = 0; n < WARM_TURNS; n += 1) floor.warm.push(await direct.turn(MESSAGE));
    floor.rss.push(((await direct.rssBytes()) ?? 0) / MIB);
  } finally {
    await direct.close();
  }
}

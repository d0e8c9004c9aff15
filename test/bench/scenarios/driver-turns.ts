import Docker from 'dockerode';
import type { AgentName } from '../../../protocol/names.ts';
import { DRIVERS } from '../../../protocol/drivers/drivers.ts';
import { openTestHive, type TestHive } from '../../support/test-hive.ts';
import { type BenchRun, type Figure, median, type Scenario } from '../figure.ts';
import { startDirectDriver } from '../floors/direct-driver.ts';
import { findBelow, residentMb } from '../processes.ts';
import { type EventWatch, watchEvents } from '../watch-events.ts';

/** Those with a CLI of their own, beside the one of the scenario `boxes`. */
const CLIS = ['codex', 'gemini', 'opencode'] as const;
type Cli = (typeof CLIS)[number];

const AGENTS_EACH = 3;
const WARM_TURNS = 8;
const MESSAGE = 'How do you do?';
const MIB = 1024 * 1024;

/** An argument that its process has, and the harness's has not. */
const ARGUMENT: Readonly<Record<Cli, string>> = { codex: 'app-server', gemini: '--acp', opencode: 'acp' };

const namesOf = (cli: Cli) => [`turn.cold.${cli}`, `turn.warm.${cli}`, `rss.${cli}`] as const;

/** Turns of agents of the other CLIs: real boxes, the real programs, the demo model. */
export const driverTurns: Scenario = {
  names: CLIS.flatMap(namesOf),
  async run(bench) {
    const hive = await openTestHive({ agents: ['manager'] });
    bench.atEnd(hive.close);
    await hive.start();
    const watching = new AbortController();
    bench.atEnd(async () => watching.abort());
    const watch = await watchEvents(hive.admin, watching.signal);
    const figures: Figure[] = [];
    for (const cli of CLIS)
      if (namesOf(cli).some(bench.wants)) figures.push(...(await measureCli({ hive, watch, bench, cli })));
    return figures;
  },
};

interface Taken {
  readonly cold: number[];
  readonly warm: number[];
  /** MiB. */
  readonly rss: number[];
}

interface Place {
  readonly hive: TestHive;
  readonly watch: EventWatch;
  readonly bench: BenchRun;
  readonly cli: Cli;
}

async function measureCli(place: Place): Promise<Figure[]> {
  const { cli } = place;
  const taken: Taken = { cold: [], warm: [], rss: [] };
  const floor: Taken = { cold: [], warm: [], rss: [] };
  for (let n = 1; n <= AGENTS_EACH; n += 1) {
    const name = `${cli}-${n}` as AgentName;
    await measureAgent({ ...place, name }, taken);
    await measureDirect({ ...place, name }, floor);
  }
  const [cold, warm, rss] = namesOf(cli);
  return [
    { name: cold, value: median(taken.cold), unit: 'ms', floor: median(floor.cold) },
    { name: warm, value: median(taken.warm), unit: 'ms', floor: median(floor.warm) },
    { name: rss, value: median(taken.rss), unit: 'MB', floor: median(floor.rss) },
  ];
}

async function measureAgent(
  { hive, watch, bench, cli, name }: Place & { name: AgentName },
  taken: Taken,
): Promise<void> {
  bench.say(`turns of ${name}`);
  const hello = watch.next('harness.hello', name);
  const limits = { memoryMb: 2_048 };
  await hive.admin.call('createAgent', { name, spec: { driver: cli, limits }, start: true });
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
  taken.rss.push(await residentMb(await findBelow(State.Pid, ARGUMENT[cli])));
  // The next one has the machine to itself.
  await hive.admin.call('stopAgent', { name });
}

/** The same turns of the CLI alone, one after the other with the agent's. */
async function measureDirect({ hive, cli, name }: Place & { name: AgentName }, floor: Taken): Promise<void> {
  const model = DRIVERS[cli].usual?.model ?? '';
  const direct = await startDirectDriver(hive, name, { driver: cli, model });
  try {
    floor.cold.push(await direct.turn(MESSAGE));
    for (let n = 0; n < WARM_TURNS; n += 1) floor.warm.push(await direct.turn(MESSAGE));
    floor.rss.push(((await direct.rssBytes()) ?? 0) / MIB);
  } finally {
    await direct.close();
  }
}

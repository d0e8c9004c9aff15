import { availableParallelism } from 'node:os';
import type { AgentName } from '../../../protocol/names.ts';
import { openTestHive, type TestHive } from '../../support/test-hive.ts';
import { type BenchRun, type Figure, median, type Scenario } from '../figure.ts';
import { startDirectCli } from '../floors/direct-cli.ts';
import { watchEvents } from '../watch-events.ts';

const AGENTS = Array.from({ length: 30 }, (_, n) => `agent-${n + 1}` as AgentName);
const MESSAGE = 'How do you do?';
const DIRECT_TURNS = 5;

/**
 * A message to thirty agents whose CLIs do not run, until the last turn is over: with the hive's rule for starts, and
 * with all of them started at once. The floor: the same number of turns of the CLI alone, shared out over the cores; by
 * the time of one that has the machine to itself, and by that of as many at once as there are cores. They differ where
 * cores are threads of one core.
 */
export const herd: Scenario = {
  names: ['wake.herd', 'wake.herd.together', 'wake.herd.free'],
  async run(bench) {
    const figures: Figure[] = [];
    if (bench.wants('wake.herd') || bench.wants('wake.herd.together')) {
      const { value, alone, together } = await wakeAll(bench, {});
      figures.push({ name: 'wake.herd', value, unit: 'ms', floor: alone });
      figures.push({ name: 'wake.herd.together', value, unit: 'ms', floor: together });
    }
    if (bench.wants('wake.herd.free')) {
      const { value, alone } = await wakeAll(bench, { starts_at_once: 1_000, memory_reserve_mb: 0 });
      figures.push({ name: 'wake.herd.free', value, unit: 'ms', floor: alone });
    }
    return figures;
  },
};

/** Milliseconds until each of these CLIs, all started at once, has ended its first turn. */
async function runDirect(hive: TestHive, agents: readonly AgentName[]): Promise<number> {
  const clis = await Promise.all(agents.map((name) => startDirectCli(hive, name)));
  try {
    return Math.max(...(await Promise.all(clis.map((cli) => cli.turn(MESSAGE)))));
  } finally {
    await Promise.all(clis.map((cli) => cli.close()));
  }
}

async function wakeAll(bench: BenchRun, harness: Record<string, number>) {
  const hive = await openTestHive({ agents: ['manager'], config: { harness } });
  const watching = new AbortController();
  try {
    await hive.start();
    const watch = await watchEvents(hive.admin, watching.signal);
    bench.say(`${AGENTS.length} boxes`);
    for (const name of AGENTS) {
      const hello = watch.next('harness.hello', name);
      await hive.admin.call('createAgent', { name, start: true });
      await hello;
    }
    const alone: number[] = [];
    for (const name of AGENTS.slice(0, DIRECT_TURNS)) alone.push(await runDirect(hive, [name]));
    const cores = availableParallelism();
    const together: number[] = [];
    for (let round = 0; round < DIRECT_TURNS; round += 1) together.push(await runDirect(hive, AGENTS.slice(0, cores)));
    bench.say('a message to all');
    const finished = AGENTS.map((name) => watch.next('turn.finished', name));
    const from = performance.now();
    await hive.admin.call('send', { to: '*', body: MESSAGE });
    const ends = await Promise.all(finished);
    for (const { event } of ends) {
      const { outcome, reason } = event.data as { outcome: string; reason: string | null };
      if (outcome !== 'done') throw new Error(`a turn ended as ${outcome}: ${reason}`);
    }
    const value = Math.max(...ends.map(({ at }) => at)) - from;
    const shareOut = (each: readonly number[]) => (median(each) * AGENTS.length) / cores;
    return { value, alone: shareOut(alone), together: shareOut(together) };
  } finally {
    watching.abort();
    await hive.close();
  }
}

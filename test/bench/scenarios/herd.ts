import { availableParallelism } from 'node:os';
import type { AgentName } from '../../../protocol/names.ts';
import { openTestHive } from '../../support/test-hive.ts';
import { type BenchRun, median, type Scenario } from '../figure.ts';
import { startDirectCli } from '../floors/direct-cli.ts';
import { watchEvents } from '../watch-events.ts';

const AGENTS = Array.from({ length: 30 }, (_, n) => `agent-${n + 1}` as AgentName);
const MESSAGE = 'How do you do?';
const DIRECT_TURNS = 5;

/**
 * A message to thirty agents whose CLIs do not run, until the last turn is over: with the hive's rule for starts, and
 * with all of them started at once. The floor: the same number of turns of the CLI alone, shared out over the cores.
 */
export const herd: Scenario = {
  names: ['wake.herd', 'wake.herd.free'],
  async run(bench) {
    const figures = [];
    if (bench.wants('wake.herd')) figures.push({ name: 'wake.herd', ...(await wakeAll(bench, {})) });
    const free = { starts_at_once: 1_000, memory_reserve_mb: 0 };
    if (bench.wants('wake.herd.free')) figures.push({ name: 'wake.herd.free', ...(await wakeAll(bench, free)) });
    return figures;
  },
};

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
    const direct: number[] = [];
    for (const name of AGENTS.slice(0, DIRECT_TURNS)) {
      const cli = await startDirectCli(hive, name);
      try {
        direct.push(await cli.turn(MESSAGE));
      } finally {
        await cli.close();
      }
    }
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
    return { value, unit: 'ms' as const, floor: (median(direct) * AGENTS.length) / availableParallelism() };
  } finally {
    watching.abort();
    await hive.close();
  }
}

import { decideQueue } from '../../../forge/queue/policy/decide-queue.ts';
import { QUEUE_LIMITS, type QueueView } from '../../../forge/queue/policy/queue-view.ts';
import { simulateQueue } from '../../../forge/queue/policy/simulate.ts';
import { type Pace, paceOf, simulateBatches, simulateSerial } from '../../../forge/queue/policy/simulate-others.ts';
import { makeArrivals, type Work, type WorkMix } from '../../../forge/queue/policy/synthetic-work.ts';
import { PRIORITIES } from '../../../protocol/schemas/message.ts';
import { seeded } from '../../../system/seeded.ts';
import { type BenchRun, median, type Scenario } from '../figure.ts';

const ENTRIES = 1_000;
const DECISIONS = 200;
const SEEDS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
const MINUTE_MS = 60_000;

/** Pull requests come every three minutes, and their checks take 4 to 12 minutes; two runs at once. */
const MIXES: readonly (WorkMix & { readonly name: string; readonly flakiness: number })[] = [
  { ...quiet('all good'), flakiness: 0 },
  { ...quiet('one in 20 broken, one run in 50 fails by chance'), broken: 0.05, flakiness: 0.02 },
  { ...quiet('one in 5 broken'), broken: 0.2, flakiness: 0 },
];

/**
 * The merge queue's policy: how long a decision takes among 1,000 entries; and, simulated, how fast pull requests are
 * merged, beside one after the other and beside batches that are split in halves. The simulations are computed, so that
 * they are the same everywhere.
 */
export const queue: Scenario = {
  names: ['queue.decide1000', 'queue.wait', 'queue.wait.batches'],
  run(bench) {
    const times = Array.from({ length: DECISIONS }, decideOnce);
    const waits = MIXES.map((mix) => compare(mix, bench));
    const mean = (of: (one: (typeof waits)[number]) => number) =>
      waits.reduce((sum, one) => sum + of(one), 0) / waits.length;
    return Promise.resolve([
      { name: 'queue.decide1000', value: median(times), unit: 'ms', floor: null },
      { name: 'queue.wait', value: mean(({ serial, ours }) => ours / serial), unit: 'x', floor: null },
      { name: 'queue.wait.batches', value: mean(({ batches, ours }) => ours / batches), unit: 'x', floor: null },
    ]);
  },
};

function quiet(name: string) {
  const none = { broken: 0, breaksWith: 0, conflictsWith: 0, leaves: 0, urgent: 0 };
  return { name, entries: 200, gapMs: 3 * MINUTE_MS, ...none };
}

/** Milliseconds of one decision: a lane of three batches, one of which failed, in a queue of 1,000. */
function decideOnce(_: unknown, at: number): number {
  const lane = Array.from({ length: 21 }, (_, link) => ({ entry: link + 1, commit: `c${link + 1}` }));
  const run = { purpose: 'batch' as const, isFlaky: false, tries: 1, size: 7 };
  const view: QueueView = {
    base: 'c0',
    laneBase: 'c0',
    lane,
    runs: [{ ...run, id: 1, commit: 'c7', state: 'running' }],
    entries: Array.from({ length: ENTRIES }, (_, entry) => ({
      id: entry + 1,
      priority: PRIORITIES[(entry * 7 + at) % PRIORITIES.length]!,
      queuedAt: (entry * 7_919 + at) % 10_000_000,
      isReady: entry % 5 > 0,
      leaves: null,
      heldAt: null,
      holds: 0,
    })),
  };
  const from = performance.now();
  decideQueue(view, QUEUE_LIMITS, 8);
  return performance.now() - from;
}

function compare({ name, flakiness, ...mix }: (typeof MIXES)[number], bench: BenchRun) {
  const paces = SEEDS.map((seed) => {
    const arrivals = makeArrivals(mix, seeded(seed));
    const work: Work = { arrivals, runMs: [4 * MINUTE_MS, 12 * MINUTE_MS], flakiness, known: 0.5, budget: 2 };
    return {
      ours: paceOf(simulateQueue(work, QUEUE_LIMITS, seeded(seed)), arrivals),
      serial: paceOf(simulateSerial(work, seeded(seed)), arrivals),
      batches: paceOf(simulateBatches(work, { maxBatch: QUEUE_LIMITS.maxBatch }, seeded(seed)), arrivals),
    };
  });
  const meanOf = (who: keyof (typeof paces)[number], of: (pace: Pace) => number) =>
    paces.reduce((sum, one) => sum + of(one[who]), 0) / paces.length;
  for (const who of ['ours', 'serial', 'batches'] as const)
    bench.say(
      `${name}, ${who}: ${meanOf(who, ({ perHour }) => perHour).toFixed(1)} merges an hour, wait ${meanOf(who, ({ waitMinutes }) => waitMinutes).toFixed(0)} min, ` +
        `${meanOf(who, ({ runsEach }) => runsEach).toFixed(2)} runs a merge, ${meanOf(who, ({ innocents }) => innocents).toFixed(1)} put out by chance`,
    );
  const wait = (who: keyof (typeof paces)[number]) => meanOf(who, ({ waitMinutes }) => waitMinutes);
  return { ours: wait('ours'), serial: wait('serial'), batches: wait('batches') };
}

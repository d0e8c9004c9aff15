import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { seeded } from '../../../system/seeded.ts';
import { MOST_OVERTAKING_MS } from './order-entries.ts';
import { QUEUE_LIMITS } from './queue-view.ts';
import { mostSearchRuns } from './search-batch.ts';
import { type Simulated, simulateQueue } from './simulate.ts';
import { paceOf, simulateBatches, simulateSerial } from './simulate-others.ts';
import { makeArrivals, type Work, type WorkMix } from './synthetic-work.ts';

const MINUTE_MS = 60_000;
const share = fc.constantFrom(0, 0.05, 0.3);
const mix: fc.Arbitrary<WorkMix> = fc.record({
  entries: fc.integer({ min: 1, max: 40 }),
  gapMs: fc.constantFrom(0, MINUTE_MS, 10 * MINUTE_MS),
  broken: share,
  breaksWith: share,
  conflictsWith: share,
  leaves: share,
  urgent: share,
});
const setting = fc.record({
  mix,
  seed: fc.nat(),
  budget: fc.integer({ min: 1, max: 5 }),
  maxBatch: fc.integer({ min: 1, max: 16 }),
});

interface Setting {
  readonly mix: WorkMix;
  readonly seed: number;
  readonly budget: number;
  readonly maxBatch: number;
}

function simulate(
  { mix, seed, budget, maxBatch }: Setting,
  errs: Pick<Work, 'flakiness' | 'known'> = { flakiness: 0, known: 0 },
): Simulated & { work: Work } {
  const random = seeded(seed);
  const work: Work = { arrivals: makeArrivals(mix, random), runMs: [4 * MINUTE_MS, 12 * MINUTE_MS], budget, ...errs };
  return { ...simulateQueue(work, { ...QUEUE_LIMITS, maxBatch }, random), work };
}

test('the branch never moves to a commit on which the checks fail, and every entry has one end', () => {
  fc.assert(
    fc.property(setting, fc.constantFrom(0, 0.2), (given, flakiness) => {
      const { redMerges, ends, work } = simulate(given, { flakiness, known: 0.5 });
      expect(redMerges).toBe(0);
      expect(ends.map(({ id }) => id).toSorted((a, b) => a - b)).toEqual(work.arrivals.map(({ id }) => id));
    }),
  );
});

test('the search for what broke a batch of n takes at most ⌈log2 n⌉ runs beyond its own', () => {
  fc.assert(
    fc.property(setting, (given) => {
      for (const { size, runs } of simulate(given).searches) expect(runs).toBeLessThanOrEqual(mostSearchRuns(size));
    }),
  );
});

test('the order is fair: no merge overtakes an entry that could have been in its place', () => {
  fc.assert(
    fc.property(setting, (given) => {
      expect(simulate(given, { flakiness: 0.1, known: 0.5 }).overtakings).toBe(0);
    }),
  );
});

test('nobody starves: an entry without conflicts ends before all that came more than five hours after it', () => {
  fc.assert(
    fc.property(setting, (given) => {
      const urgent = { ...given, mix: { ...given.mix, urgent: 0.7, conflictsWith: 0, gapMs: 20 * MINUTE_MS } };
      const { ends, work } = simulate(urgent, { flakiness: 0.1, known: 1 });
      const endedAt = new Map(ends.map(({ id, at }) => [id, at]));
      for (const early of work.arrivals)
        for (const late of work.arrivals)
          if (late.at > early.at + MOST_OVERTAKING_MS && late.leavesAt === null)
            expect(endedAt.get(early.id)).toBeLessThanOrEqual(endedAt.get(late.id)!);
    }),
    { numRuns: 50 },
  );
});

test('a flake that is known puts out nobody', () => {
  const calm = { entries: 40, gapMs: 0, broken: 0, breaksWith: 0, conflictsWith: 0, leaves: 0, urgent: 0 };
  for (let seed = 0; seed < 30; seed += 1) {
    const given = { mix: calm, seed, budget: 3, maxBatch: 7 };
    expect(simulate(given, { flakiness: 0.02, known: 1 }).innocents).toBe(0);
  }
});

test('entries are merged faster than one by one and than by batches that are split and tested in turn', () => {
  const busy = {
    entries: 200,
    gapMs: 3 * MINUTE_MS,
    broken: 0.1,
    breaksWith: 0.02,
    conflictsWith: 0.02,
    leaves: 0.02,
    urgent: 0,
  };
  let putOut = { ours: 0, batches: 0 };
  for (const seed of [1, 2, 3, 4, 5]) {
    const { work, ...ours } = simulate({ mix: busy, seed, budget: 4, maxBatch: 7 }, { flakiness: 0.02, known: 0.5 });
    const queue = paceOf(ours, work.arrivals);
    const serial = paceOf(simulateSerial(work, seeded(seed)), work.arrivals);
    const batches = paceOf(simulateBatches(work, { maxBatch: 7 }, seeded(seed)), work.arrivals);
    expect(queue.waitMinutes).toBeLessThan(batches.waitMinutes);
    expect(queue.perHour).toBeGreaterThan(serial.perHour);
    putOut = { ours: putOut.ours + queue.innocents, batches: putOut.batches + batches.innocents };
  }
  expect(putOut.ours).toBeLessThan(putOut.batches);
});

test('a simulation is the same each time', () => {
  const given = {
    mix: { entries: 30, gapMs: MINUTE_MS, broken: 0.2, breaksWith: 0.1, conflictsWith: 0.1, leaves: 0.1, urgent: 0.1 },
    seed: 7,
    budget: 3,
    maxBatch: 7,
  };
  expect(simulate(given)).toEqual(simulate(given));
});

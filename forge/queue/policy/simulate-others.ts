import type { Outcome, Simulated } from './simulate.ts';
import { type Arrival, canMerge, isGreen, type Work } from './synthetic-work.ts';
import { createTimeline } from './timeline.ts';

export type Result = Pick<Simulated, 'ends' | 'runs' | 'innocents' | 'endedAt'>;

/** One at a time: each is tested on the branch alone, and merged or put out. */
export function simulateSerial(work: Work, random: () => number): Result {
  return simulateBatches(work, { maxBatch: 1 }, random);
}

/**
 * As bors-like bots do it: everything that waits is one batch, one run at a time; a batch that fails is split into
 * halves, which are tested one after the other before anything else.
 */
export function simulateBatches(work: Work, { maxBatch }: { maxBatch: number }, random: () => number): Result {
  const line = createTimeline();
  const merged = new Set<number>();
  const ends: { id: number; outcome: Outcome; at: number }[] = [];
  const waiting: Arrival[] = [];
  const halves: Arrival[][] = [];
  const gone = new Set<number>();
  let isRunning = false;
  let runs = 0;
  let innocents = 0;
  const end = (outcome: Outcome, { id }: Arrival) => ends.push({ id, outcome, at: line.now() });

  function next(): void {
    if (isRunning) return;
    const batch: Arrival[] = [];
    const has = new Set(merged);
    for (const one of halves.shift() ?? waiting.splice(0, maxBatch)) {
      if (gone.has(one.id)) end('left', one);
      else if (canMerge(one, has)) {
        batch.push(one);
        has.add(one.id);
      } else if (canMerge(one, merged)) waiting.unshift(one);
      else end('conflict', one);
    }
    if (batch.length > 0) test(batch, has);
    else if (halves.length + waiting.length > 0) next();
  }

  function test(batch: Arrival[], has: ReadonlySet<number>): void {
    isRunning = true;
    runs += 1;
    const [shortest, longest] = work.runMs;
    line.at(line.now() + Math.round(shortest + random() * (longest - shortest)), () => {
      isRunning = false;
      const passes = isGreen(work.arrivals, has);
      if (passes && random() >= work.flakiness)
        for (const one of batch) {
          merged.add(one.id);
          end('merged', one);
        }
      else if (batch.length === 1) {
        if (passes) innocents += 1;
        end('failed', batch[0]!);
      } else {
        const half = Math.ceil(batch.length / 2);
        halves.unshift(batch.slice(0, half), batch.slice(half));
      }
      next();
    });
  }

  for (const arrival of work.arrivals) {
    line.at(arrival.at, () => {
      waiting.push(arrival);
      next();
    });
    if (arrival.leavesAt !== null) line.at(arrival.leavesAt, () => gone.add(arrival.id));
  }
  line.run();
  return { ends, runs, innocents, endedAt: line.now() };
}

export interface Pace {
  readonly merged: number;
  /** Merges an hour, from the first arrival to the last end. */
  readonly perHour: number;
  /** From being queued to being merged, median, in minutes. */
  readonly waitMinutes: number;
  readonly runsEach: number;
  readonly innocents: number;
}

export function paceOf({ ends, runs, innocents }: Result, arrivals: readonly Arrival[]): Pace {
  const cameAt = new Map(arrivals.map(({ id, at }) => [id, at]));
  const merges = ends.filter(({ outcome }) => outcome === 'merged');
  const waits = merges.map(({ id, at }) => at - cameAt.get(id)!).toSorted((a, b) => a - b);
  const lastAt = Math.max(...ends.map(({ at }) => at));
  return {
    merged: merges.length,
    perHour: merges.length / (lastAt / 3_600_000),
    waitMinutes: (waits[Math.floor(waits.length / 2)] ?? 0) / 60_000,
    runsEach: runs / Math.max(1, merges.length),
    innocents,
  };
}

import type { Priority } from '../../../protocol/schemas/message.ts';

/** A pull request of a simulation: when it is queued, and what is wrong with it. */
export interface Arrival {
  readonly id: number;
  /** Milliseconds from the start. */
  readonly at: number;
  readonly priority: Priority;
  /** The checks fail on every commit that has it. */
  readonly isBroken: boolean;
  /** An earlier one: the checks fail on a commit that has both. */
  readonly breaksWith: number | null;
  /** An earlier one that it cannot be merged after. */
  readonly conflictsWith: number | null;
  /** When it is not allowed any more; null: it stays allowed. */
  readonly leavesAt: number | null;
}

/** What the checks need and how they err. */
export interface Work {
  readonly arrivals: readonly Arrival[];
  /** The shortest and the longest run, in milliseconds. */
  readonly runMs: readonly [number, number];
  /** How many of the runs that should pass fail by chance, 0 to 1. */
  readonly flakiness: number;
  /** How many of those are known to be flaky, 0 to 1. */
  readonly known: number;
  /** Runs at once. */
  readonly budget: number;
}

export interface WorkMix {
  readonly entries: number;
  /** Between two arrivals, on average. */
  readonly gapMs: number;
  readonly broken: number;
  readonly breaksWith: number;
  readonly conflictsWith: number;
  readonly leaves: number;
  readonly urgent: number;
}

const MINUTE_MS = 60_000;

/** Arrivals of this mix; the shares are 0 to 1. */
export function makeArrivals(mix: WorkMix, random: () => number): Arrival[] {
  const arrivals: Arrival[] = [];
  let at = 0;
  for (let id = 1; id <= mix.entries; id += 1) {
    at += Math.round(-Math.log(1 - random()) * mix.gapMs);
    const earlier = () => (id === 1 ? null : Math.max(1, id - 1 - Math.floor(random() * 8)));
    arrivals.push({
      id,
      at,
      priority: random() < mix.urgent ? 'critical' : 'normal',
      isBroken: random() < mix.broken,
      breaksWith: random() < mix.breaksWith ? earlier() : null,
      conflictsWith: random() < mix.conflictsWith ? earlier() : null,
      leavesAt: random() < mix.leaves ? at + Math.round(random() * 60 * MINUTE_MS) : null,
    });
  }
  return arrivals;
}

/** Whether the checks pass, without chance, on a commit that has these. */
export function isGreen(arrivals: readonly Arrival[], merged: ReadonlySet<number>): boolean {
  return arrivals.every(
    ({ id, isBroken, breaksWith }) =>
      !merged.has(id) || (!isBroken && (breaksWith === null || !merged.has(breaksWith))),
  );
}

/** Whether one can be merged onto a commit that has these. */
export function canMerge({ conflictsWith }: Arrival, merged: ReadonlySet<number>): boolean {
  return conflictsWith === null || !merged.has(conflictsWith);
}

import { compareEntries } from './order-entries.ts';
import type { QueueAction, QueuedEntry, QueueLimits, QueueRun, QueueView } from './queue-view.ts';
import { batchSize, searchBatch } from './search-batch.ts';

/**
 * What is to be done now in one queue, in order; none: wait. `free`: runs that may begin. After these actions, whatever
 * came of them, the queue is looked at again.
 */
export function decideQueue(view: QueueView, limits: QueueLimits, free: number): QueueAction[] {
  const leaving = view.entries.flatMap(({ id, leaves }) =>
    leaves === null ? [] : [{ kind: 'leave' as const, entry: id, reason: leaves }],
  );
  if (leaving.length > 0) return leaving;
  if (view.lane.length > 0 && view.laneBase !== view.base) return [{ kind: 'reset' }];

  const placed = placeRuns(view);
  const drops = view.runs.filter(({ id }) => !placed.some((run) => run.id === id)).map(drop);
  const passed = last(placed.filter(({ state }) => state === 'passed'));
  if (passed !== undefined) return [...drops, { kind: 'merge', upTo: view.lane[passed.position - 1]!.entry }];

  const failed = placed.find((run) => run.state === 'failed' && !isRetested(run, limits));
  if (failed !== undefined) return [...drops, ...searchFrom(view, placed, { failed, free })];
  const flaky = placed.filter((run) => run.state === 'failed').slice(0, free);
  const retests = flaky.map(({ id }) => ({ kind: 'retest' as const, run: id, isFlaky: true }));
  if (drops.length + retests.length > 0) return [...drops, ...retests];
  return free > 0 ? extend(view, limits, { top: last(placed)?.position ?? 0, free }) : [];
}

type PlacedRun = QueueRun & {
  /** Of its commit in the lane, from 1. */
  readonly position: number;
};

/** The runs of the lane's commits, the lowest first. */
function placeRuns({ lane, runs }: QueueView): PlacedRun[] {
  const positions = new Map(lane.map(({ commit }, at) => [commit, at + 1]));
  return runs
    .flatMap((run) => {
      const position = positions.get(run.commit);
      return position === undefined ? [] : [{ ...run, position }];
    })
    .toSorted((a, b) => a.position - b.position);
}

function isRetested({ isFlaky, tries }: QueueRun, { maxTries }: QueueLimits): boolean {
  return isFlaky && tries < maxTries;
}

const drop = ({ id }: { readonly id: number }) => ({ kind: 'drop' as const, run: id });

/** Nothing above a failed commit is worth a run; what runs below it may still find the reason. */
function searchFrom(
  { lane }: QueueView,
  placed: readonly PlacedRun[],
  { failed, free }: { failed: PlacedRun; free: number },
): QueueAction[] {
  const drops = placed.filter(({ position }) => position > failed.position).map(drop);
  const below = placed.filter(({ position }) => position < failed.position);
  const flaky = below.filter(({ state }) => state === 'failed').slice(0, free);
  const retests = flaky.map(({ id }) => ({ kind: 'retest' as const, run: id, isFlaky: true }));
  if (below.length > 0) return [...drops, ...retests];
  const step = searchBatch(failed, failed.position);
  if (step.kind === 'found') {
    const { entry } = lane[failed.position - 1]!;
    return [...drops, { kind: 'put_out', entry, run: failed.id }];
  }
  if (free === 0) return drops;
  if (step.kind === 'retest') return [...drops, { kind: 'retest', run: failed.id, isFlaky: false }];
  const { entry } = lane[step.position - 1]!;
  return [...drops, { kind: 'test', upTo: entry, purpose: 'search', size: step.position }];
}

/** Lengthens the lane by batches, and tests each. `top`: the position of the highest run. */
function extend(view: QueueView, limits: QueueLimits, from: { top: number; free: number }): QueueAction[] {
  const { lane } = view;
  const next = candidates(view, limits);
  const tests: QueueAction[] = [];
  let { top, free } = from;
  while (free > 0) {
    const untested = lane.length - top;
    const size = batchSize(untested + next.length, limits.maxBatch);
    if (size > untested) return [...tests, { kind: 'append', entries: next.slice(0, size - untested) }];
    if (size === 0) break;
    top += size;
    free -= 1;
    tests.push({ kind: 'test', upTo: lane[top - 1]!.entry, purpose: 'batch', size });
  }
  return tests;
}

/** Entries that may be merged to the end of the lane, in order. */
function candidates({ base, entries, lane }: QueueView, { maxHolds }: QueueLimits): number[] {
  const within = new Set(lane.map(({ entry }) => entry));
  const ready = entries.filter(({ id, isReady }) => isReady && !within.has(id));
  // One that conflicts again and again with those ahead is the first of the next lane.
  const isDue = ({ holds }: QueuedEntry) => holds >= maxHolds;
  if (lane.length > 0 && ready.some(isDue)) return [];
  const isHeld = ({ heldAt }: QueuedEntry) => lane.length > 0 && heldAt === base;
  return ready
    .filter((entry) => !isHeld(entry))
    .toSorted((a, b) => Number(isDue(b)) - Number(isDue(a)) || compareEntries(a, b))
    .map(({ id }) => id);
}

function last<T>(list: readonly T[]): T | undefined {
  return list[list.length - 1];
}

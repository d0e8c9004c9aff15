import { expect, test } from 'vitest';
import { decideQueue } from './decide-queue.ts';
import { QUEUE_LIMITS, type QueuedEntry, type QueueRun, type QueueView } from './queue-view.ts';

const entry = (id: number, more: Partial<QueuedEntry> = {}): QueuedEntry => ({
  id,
  priority: 'normal',
  queuedAt: id,
  isReady: true,
  leaves: null,
  heldAt: null,
  holds: 0,
  ...more,
});
const run = (id: number, position: number, more: Partial<QueueRun> = {}): QueueRun => ({
  id,
  commit: `c${position}`,
  purpose: 'batch',
  state: 'running',
  isFlaky: false,
  tries: 1,
  size: position,
  ...more,
});
/** A lane of the entries 1 to `count`; each has the commit of its number. */
const lane = (count: number) => Array.from({ length: count }, (_, at) => ({ entry: at + 1, commit: `c${at + 1}` }));
const view = (more: Partial<QueueView>): QueueView => ({
  base: 'c0',
  laneBase: (more.lane?.length ?? 0) > 0 ? 'c0' : null,
  lane: [],
  runs: [],
  entries: [],
  ...more,
});
const some = (count: number) => Array.from({ length: count }, (_, at) => entry(at + 1));
const decide = (more: Partial<QueueView>, free = 2) => decideQueue(view(more), QUEUE_LIMITS, free);

test('ready entries are merged in a row and tested together', () => {
  expect(decide({ entries: some(3) })).toEqual([{ kind: 'append', entries: [1, 2, 3] }]);
  expect(decide({ entries: some(3), lane: lane(3) })).toEqual([{ kind: 'test', upTo: 3, purpose: 'batch', size: 3 }]);
});

test('a second batch is tested on top of the first while there is a free run', () => {
  const seven = { entries: some(10), lane: lane(7), runs: [run(1, 7)] };
  expect(decide(seven, 1)).toEqual([{ kind: 'append', entries: [8, 9, 10] }]);
  expect(decide(seven, 0)).toEqual([]);
});

test('one that waits for its reviews holds up nobody', () => {
  const entries = [entry(1, { isReady: false }), entry(2)];
  expect(decide({ entries })).toEqual([{ kind: 'append', entries: [2] }]);
});

test('a commit that passed is merged with everything below it, whatever runs there', () => {
  const runs = [run(1, 3), run(2, 6, { state: 'passed' })];
  expect(decide({ entries: some(6), lane: lane(6), runs })).toEqual([{ kind: 'merge', upTo: 6 }]);
});

test('what is not allowed any more leaves before anything else', () => {
  const entries = [entry(1), entry(2, { leaves: 'it has new commits' })];
  const runs = [run(1, 2, { state: 'passed' })];
  expect(decide({ entries, lane: lane(2), runs })).toEqual([{ kind: 'leave', entry: 2, reason: 'it has new commits' }]);
});

test('a branch that moved by itself empties the lane; runs of commits that are not in the lane end', () => {
  const moved = { entries: some(2), lane: lane(2), laneBase: 'old', runs: [run(1, 2)] };
  expect(decide(moved)).toEqual([{ kind: 'reset' }]);
  expect(decide({ entries: [], runs: [run(1, 2)] })).toEqual([{ kind: 'drop', run: 1 }]);
});

test('a failed batch ends the runs above it, and is searched when those below are over', () => {
  const failed = run(2, 6, { state: 'failed', size: 3 });
  const all = { entries: some(9), lane: lane(9) };
  expect(decide({ ...all, runs: [run(1, 3), failed, run(3, 9)] })).toEqual([{ kind: 'drop', run: 3 }]);
  expect(decide({ ...all, runs: [run(1, 3), failed] })).toEqual([]);
  const first = { ...run(1, 3, { state: 'failed' }) };
  expect(decide({ ...all, runs: [first] })).toEqual([{ kind: 'test', upTo: 2, purpose: 'search', size: 2 }]);
  expect(decide({ ...all, runs: [first] }, 0)).toEqual([]);
});

test('the last suspect is put out alone', () => {
  const found = run(2, 1, { state: 'failed', purpose: 'search' });
  expect(decide({ entries: some(3), lane: lane(3), runs: [found] })).toEqual([{ kind: 'put_out', entry: 1, run: 2 }]);
});

test('a failure that is known to be flaky is tested again, three times in all, and puts out nobody before', () => {
  const flaky = (tries: number) =>
    decide({ entries: some(1), lane: lane(1), runs: [run(1, 1, { state: 'failed', isFlaky: true, tries })] });
  expect(flaky(1)).toEqual([{ kind: 'retest', run: 1, isFlaky: true }]);
  expect(flaky(2)).toEqual([{ kind: 'retest', run: 1, isFlaky: true }]);
  expect(flaky(3)).toEqual([{ kind: 'put_out', entry: 1, run: 1 }]);
});

test('one that conflicts with those ahead is passed over until the branch moves, and then goes first', () => {
  const held = entry(2, { heldAt: 'c0', holds: 1 });
  const ahead = { lane: lane(1), runs: [run(1, 1)] };
  expect(decide({ ...ahead, entries: [entry(1), held, entry(3)] })).toEqual([{ kind: 'append', entries: [3] }]);
  const moved = { ...ahead, base: 'c9', laneBase: 'c9' };
  expect(decide({ ...moved, entries: [entry(1), held] })).toEqual([{ kind: 'append', entries: [2] }]);
  const due = entry(2, { heldAt: 'old', holds: QUEUE_LIMITS.maxHolds });
  expect(decide({ ...ahead, entries: [entry(1), due, entry(3)] })).toEqual([]);
  expect(decide({ entries: [entry(1), due] })).toEqual([{ kind: 'append', entries: [2] }]);
});

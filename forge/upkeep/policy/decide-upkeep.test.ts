import { expect, test } from 'vitest';
import { chooseNextAt, chooseRestMs, chooseYieldMs, decideUpkeep, type UpkeepFacts } from './decide-upkeep.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const GIB = 1024 ** 3;
const RULES = { repackFromPacks: 20, repackFromLoose: 500, repackEveryMs: DAY, pruneEveryMs: 7 * DAY };
const QUIET: UpkeepFacts = {
  now: 100 * DAY,
  packs: 1,
  loose: 0,
  objects: 1_000,
  bytes: GIB,
  hasUnreachable: false,
  refsVersion: 5,
  createdAt: 0,
  packedAt: 100 * DAY - HOUR,
  graphVersion: 5,
  prunedAt: 99 * DAY,
  prunedVersion: 5,
  freeBytes: 100 * GIB,
  totalBytes: 200 * GIB,
};
const stepsOf = (more: Partial<UpkeepFacts>, asked = false) => {
  const decision = decideUpkeep({ ...QUIET, ...more }, RULES, asked);
  return decision.kind === 'work' ? decision.steps : decision.kind;
};

test.each<[string, Partial<UpkeepFacts>, ReturnType<typeof stepsOf>]>([
  ['nothing to do', {}, []],
  ['an empty repository', { objects: 0, packs: 0, refsVersion: 9, prunedAt: null }, []],
  ['many packs', { packs: 20 }, ['pack']],
  ['many loose objects', { loose: 500 }, ['pack']],
  ['a few packs, packed an hour ago', { packs: 5 }, []],
  ['a few packs, packed yesterday', { packs: 5, packedAt: 98 * DAY }, ['pack']],
  ['one pack is as good as it gets', { packedAt: 98 * DAY }, []],
  ['moved branches', { refsVersion: 6 }, ['graph']],
  ['moved branches and many packs', { refsVersion: 6, packs: 20 }, ['pack', 'graph']],
  ['a week after the last prune, with moved branches', { prunedAt: 93 * DAY, prunedVersion: 4 }, ['graph', 'prune']],
  ['a week after the last prune, where nothing moved', { prunedAt: 93 * DAY }, []],
  [
    'the same, with objects that wait for their grace',
    { prunedAt: 93 * DAY, hasUnreachable: true },
    ['graph', 'prune'],
  ],
  ['never pruned, and a week old', { prunedAt: null, prunedVersion: null }, ['graph', 'prune']],
  ['never pruned, and new', { prunedAt: null, prunedVersion: null, createdAt: 99 * DAY }, []],
  ['no space for a copy', { packs: 20, freeBytes: GIB }, 'disk_is_short'],
  ['no space, and nothing that needs some', { refsVersion: 6, freeBytes: GIB }, ['graph']],
  ['a small disk', { packs: 20, bytes: GIB / 4, freeBytes: GIB / 2, totalBytes: 2 * GIB }, ['pack']],
])('%s', (_what, more, expected) => {
  expect(stepsOf(more)).toEqual(expected);
});

test('who asks gets all of it, except in an empty repository or without space', () => {
  expect(stepsOf({}, true)).toEqual(['graph', 'prune']);
  expect(stepsOf({ objects: 0 }, true)).toEqual([]);
  expect(stepsOf({ freeBytes: GIB }, true)).toBe('disk_is_short');
});

test('pushes wait shortly, longer where maintenance was interrupted, a minute at most', () => {
  expect([0, 1, 2, 3, 9].map((times) => chooseYieldMs(2_000, times))).toEqual([2_000, 8_000, 32_000, 60_000, 60_000]);
});

test('a rest is three times as long as the work, and looks have jitter', () => {
  expect([0, 1_000, HOUR].map(chooseRestMs)).toEqual([0, 3_000, 600_000]);
  expect([0, 0.5, 0.999].map((random) => chooseNextAt(0, HOUR, random) / HOUR)).toEqual([0.75, 1, 1.2495]);
});

import { assert, boolean, constantFrom, double, integer, property, record } from 'fast-check';
import { expect, test } from 'vitest';
import { seeded } from '../../../../../system/seeded.ts';
import { makeHistory, MIXES } from './histories.ts';
import { habitsOf, POLICY_NAMES, type PolicyName, type Setting, simulate } from './simulate.ts';

const MINUTE = 60_000;
const SONNET: Setting = {
  rates: { input: 2, cacheRead: 0.2, cacheWrite: 2.5, output: 10 },
  windowTokens: 200_000,
  lifeMs: 5 * MINUTE,
  canCompact: true,
};

const costs = (setting: Setting, mix: (typeof MIXES)[number], seed: number) => {
  const turns = 80;
  const history = makeHistory(mix, turns, seeded(seed));
  return Object.fromEntries(POLICY_NAMES.map((name) => [name, simulate(history, name, setting).usd])) as Record<
    PolicyName,
    number
  >;
};

test('over the mix, the default costs less than each of the other policies, with either cache and without compaction', () => {
  const hour = { ...SONNET, lifeMs: 60 * MINUTE, rates: { ...SONNET.rates, cacheWrite: 4 } };
  for (const setting of [SONNET, hour, { ...SONNET, canCompact: false }]) {
    const sum = (name: PolicyName) =>
      MIXES.reduce((all, mix) => all + [1, 2, 3].reduce((some, seed) => some + costs(setting, mix, seed)[name], 0), 0);
    for (const other of POLICY_NAMES.filter((name) => name !== 'default'))
      expect(sum('default'), other).toBeLessThan(sum(other) * 0.95);
  }
});

test('on no single history does the default cost much more than the best of the others', () => {
  const price = double({ min: 0.1, max: 10, noNaN: true });
  assert(
    property(
      constantFrom(...MIXES),
      integer({ min: 1, max: 1_000_000 }),
      record({ input: price, isHour: boolean() }),
      (mix, seed, { input, isHour }) => {
        const rates = { input, cacheRead: input * 0.1, cacheWrite: input * (isHour ? 2 : 1.25), output: input * 5 };
        const of = costs({ ...SONNET, rates, lifeMs: (isHour ? 60 : 5) * MINUTE }, mix, seed);
        const best = Math.min(of.always_continue, of.always_fresh, of.compact_at_80);
        expect(of.default / best).toBeLessThan(1.25);
      },
    ),
    { numRuns: 60 },
  );
});

test('histories are the same each time, and as long as wanted', () => {
  for (const mix of MIXES) {
    expect(makeHistory(mix, 33, seeded(5))).toEqual(makeHistory(mix, 33, seeded(5)));
    expect(makeHistory(mix, 33, seeded(5))).toHaveLength(33);
    expect(makeHistory(mix, 33, seeded(6))).not.toEqual(makeHistory(mix, 33, seeded(5)));
  }
});

test('one turn costs the same under each policy but for notes; a long history is reset where a policy says so', () => {
  const once = makeHistory('chatty', 1, seeded(1));
  const first = POLICY_NAMES.map((name) => simulate(once, name, SONNET).usd);
  expect(new Set(first).size).toBe(1);
  const long = makeHistory('long_tasks', 60, seeded(1));
  expect(simulate(long, 'always_fresh', SONNET)).toMatchObject({ fresh: 59, compacted: 0 });
  // The CLI compacts by itself what no longer fits.
  expect(simulate(long, 'always_continue', SONNET).compacted).toBeGreaterThan(0);
  expect(simulate(long, 'always_continue', SONNET).fresh).toBe(0);
});

test('habits are those of the turns, and the usual ones without any', () => {
  const turn = { gapMs: 10 * MINUTE, calls: 10, growth: 20_000, output: 1_000 };
  expect(habitsOf([], MINUTE)).toEqual({ work: { calls: 4, growth: 4_000, output: 500 }, coldShare: 0.2 });
  const known = habitsOf(
    Array.from({ length: 18 }, () => turn),
    5 * MINUTE,
  );
  expect(known.work.calls).toBeCloseTo(9.4);
  expect(known.coldShare).toBeCloseTo(0.92);
});

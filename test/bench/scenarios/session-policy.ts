import { makeHistory, MIXES } from '../../../host/daemon/modules/sessions/policy/histories.ts';
import {
  POLICY_NAMES,
  type PolicyName,
  type Setting,
  simulate,
} from '../../../host/daemon/modules/sessions/policy/simulate.ts';
import { seeded } from '../../../system/seeded.ts';
import type { Scenario } from '../figure.ts';

const TURNS = 200;
const SEEDS = [1, 2, 3, 4, 5];
/** Claude Sonnet 5 by the shipped prices, with a cache of five minutes. */
const SETTING: Setting = {
  rates: { input: 2, cacheRead: 0.2, cacheWrite: 2.5, output: 10 },
  windowTokens: 200_000,
  lifeMs: 300_000,
  canCompact: true,
};

/** What synthetic histories cost under each policy for conversations. Computed, so that it is the same everywhere. */
export const sessionPolicy: Scenario = {
  names: ['sessions.policy', 'sessions.policy.worst'],
  run(bench) {
    const sums = new Map<PolicyName, number>(POLICY_NAMES.map((name) => [name, 0]));
    let worst = 0;
    for (const mix of MIXES) {
      const costs = POLICY_NAMES.map((name) => {
        const all = SEEDS.map((seed) => simulate(makeHistory(mix, TURNS, seeded(seed)), name, SETTING));
        const mean = (of: (one: (typeof all)[number]) => number) =>
          all.reduce((sum, one) => sum + of(one), 0) / all.length;
        const usd = mean((one) => one.usd);
        sums.set(name, (sums.get(name) ?? 0) + usd);
        return { name, usd, fresh: mean((one) => one.fresh), compacted: mean((one) => one.compacted) };
      });
      for (const { name, usd, fresh, compacted } of costs)
        bench.say(`${mix} ${name}: $${usd.toFixed(2)}, ${fresh.toFixed(0)} fresh, ${compacted.toFixed(0)} compacted`);
      const [ours = Number.NaN, ...others] = costs.map(({ usd }) => usd);
      worst = Math.max(worst, ours / Math.min(...others));
    }
    for (const [name, usd] of sums) bench.say(`together ${name}: $${usd.toFixed(2)}`);
    const [ours = Number.NaN, ...others] = sums.values();
    return Promise.resolve([
      { name: 'sessions.policy', value: ours / Math.min(...others), unit: 'x', floor: null },
      { name: 'sessions.policy.worst', value: worst, unit: 'x', floor: null },
    ]);
  },
};

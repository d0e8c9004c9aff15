import { expect, test } from 'vitest';
import { DEFAULT_STUCK_RULES, type TurnConcern } from '../../protocol/schemas/harness.ts';
import { boundsOf, decideWarning, type Situation } from './decide-warning.ts';

const MINUTE = 60_000;
const quiet: Situation = {
  facts: { calls: 0, output: 0, repeat: null, cli: 5 },
  bounds: { timeoutMs: 60 * MINUTE, calls: null, output: null },
  rules: DEFAULT_STUCK_RULES,
  ranMs: 0,
  tool: null,
  asked: new Set(),
};
const facts = (more: Partial<Situation['facts']>) => ({ facts: { ...quiet.facts, ...more } });
const bounds = (more: Partial<Situation['bounds']>) => ({ bounds: { ...quiet.bounds, ...more } });
const repeat = (same: number, inARow: number) => facts({ repeat: { tool: 'Bash', same, inARow } });
const tool = (runsMs: number, waitsMs: number | null = null) => ({ tool: { name: 'Bash', runsMs, waitsMs } });
const asked = (...about: TurnConcern[]) => ({ asked: new Set(about) });

test.each<[string, Partial<Situation>, [does: string, words?: RegExp]]>([
  ['a turn that works', facts({ calls: 500, output: 9e9 }), ['nothing']],
  ['calls near the limit', { ...facts({ calls: 90 }), ...bounds({ calls: 100 }) }, ['ask calls', /90 of the 100/]],
  [
    'calls at the limit, asked',
    { ...facts({ calls: 100 }), ...bounds({ calls: 100 }), ...asked('calls') },
    ['nothing'],
  ],
  [
    'calls over the limit',
    { ...facts({ calls: 101 }), ...bounds({ calls: 100 }) },
    ['stop calls limit', /more than 100/],
  ],
  ['output near the limit', { ...facts({ output: 950 }), ...bounds({ output: 1_000 }) }, ['ask output', /1 kB/]],
  ['output over the limit', { ...facts({ output: 1_001 }), ...bounds({ output: 1_000 }) }, ['stop output limit']],
  ['time for last words', { ranMs: 55 * MINUTE }, ['ask time', /ended in 5 min/]],
  ['not yet', { ranMs: 54 * MINUTE }, ['nothing']],
  ['a short turn has less', { ...bounds({ timeoutMs: 100_000 }), ranMs: 89_000 }, ['nothing']],
  ['the same, at nine tenths', { ...bounds({ timeoutMs: 100_000 }), ranMs: 90_000 }, ['ask time', /in 10 s/]],
  ['seven equal calls', repeat(7, 7), ['nothing']],
  ['eight with equal results', repeat(8, 1), ['ask repeats', /Bash with the same input 8 times, with the same result/]],
  ['eight with other results', repeat(1, 8), ['nothing']],
  ['sixteen in a row with other results', repeat(1, 16), ['ask repeats', /16 times in a row/]],
  ['it goes on', { ...repeat(15, 3), ...asked('repeats') }, ['nothing']],
  ['and on', { ...repeat(16, 3), ...asked('repeats') }, ['stop repeats stuck', /16 times, with the same result/]],
  ['32 in a row with other results', repeat(2, 32), ['stop repeats stuck', /32 times in a row/]],
  ['a rule that is off', { ...repeat(99, 99), rules: { ...DEFAULT_STUCK_RULES, repeats: 0 } }, ['nothing']],
  ['a long tool', tool(29 * MINUTE), ['nothing']],
  ['a longer one', tool(30 * MINUTE), ['ask tool', /Bash has been running for 30 min/]],
  [
    'a minute after it was asked',
    { ...tool(31 * MINUTE), ...asked('tool') },
    ['stop tool stuck', /running for 31 min/],
  ],
  ['a tool that waits for input', tool(3 * MINUTE, 2 * MINUTE), ['ask tool', /waits for input, which nobody gives/]],
  ['it waited on before anybody looked', tool(9 * MINUTE, 8 * MINUTE), ['ask tool', /waits for input/]],
  ['it waits on', { ...tool(4 * MINUTE, 3 * MINUTE), ...asked('tool') }, ['stop tool stuck', /waits for input/]],
  [
    'waiting is off',
    { ...tool(4 * MINUTE, 3 * MINUTE), rules: { ...DEFAULT_STUCK_RULES, waitingToolMs: 0 } },
    ['nothing'],
  ],
])('%s', (_name, more, [does, words]) => {
  const warning = decideWarning({ ...quiet, ...more });
  const told = [warning.do, 'about' in warning ? warning.about : '', 'as' in warning ? warning.as : ''];
  expect(told.join(' ').trim()).toBe(does);
  if (words !== undefined) expect(JSON.stringify(warning)).toMatch(words);
});

test('a spec without limits has none but its time-out', () => {
  expect(boundsOf({ turnTimeoutMs: 5 })).toEqual({ timeoutMs: 5, calls: null, output: null });
  expect(boundsOf({ turnTimeoutMs: 5, turnToolCalls: 9, turnOutputKb: 2 })).toEqual({
    timeoutMs: 5,
    calls: 9,
    output: 2_000,
  });
});

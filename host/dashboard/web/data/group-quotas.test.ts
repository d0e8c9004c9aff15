import { expect, test } from 'vitest';
import type { EgressQuotaView, QuotaStateView } from '../../../../protocol/schemas/egress.ts';
import { groupQuotas, sayHolder } from './group-quotas.ts';

const quota = (subject: string, bytes: number) => ({ subject, per: 'day', bytes, createdAt: 0 }) as EgressQuotaView;
const state = (agent: string, setFor: string, per = 'day') =>
  ({ agent, setFor, per, bytes: 1_000, used: 1, until: 2 }) as QuotaStateView;

test('each quota has the agents for whom it holds, also none; those of config.yaml come last', () => {
  const quotas = [quota('*', 3_000), quota('@role:worker', 2_000), quota('scout', 1_000)];
  const traffic = [
    state('coder', '@role:worker'),
    state('tester', '@role:worker'),
    state('scout', 'config.yaml', 'hour'),
    state('scout', 'scout'),
  ];
  const shown = groupQuotas(quotas, traffic).map(({ setFor, per, bytes, states }) => [
    setFor,
    per,
    bytes,
    states.map(({ agent }) => agent),
  ]);
  expect(shown).toEqual([
    ['*', 'day', 3_000, []],
    ['@role:worker', 'day', 2_000, ['coder', 'tester']],
    ['scout', 'day', 1_000, ['scout']],
    ['config.yaml', 'hour', 1_000, ['scout']],
  ]);
});

test('whom a quota is for is said in words', () => {
  expect((['*', 'config.yaml', '@role:worker', 'scout'] as QuotaStateView['setFor'][]).map(sayHolder)).toEqual([
    'Every agent',
    'Every agent',
    'Every worker',
    'scout',
  ]);
});

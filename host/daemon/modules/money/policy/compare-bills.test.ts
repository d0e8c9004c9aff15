import { expect, test } from 'vitest';
import type { BilledDay } from '../../../../../protocol/schemas/bill.ts';
import { compareBills, type CountedDay } from './compare-bills.ts';

const DAY = '2026-11-26';
const TODAY = '2026-11-27';
const counted = (costUsd: number, inputTokens: number, more: Partial<CountedDay> & { unpriced?: number } = {}) => {
  const { unpriced: unpricedCalls = 0, ...rest } = more;
  const usage = { inputTokens, outputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0, costUsd, unpricedCalls };
  return { day: DAY, model: 'claude-sonnet-5', calls: 1, estimatedCalls: 0, usage, ...rest };
};
const billed = (usd: number | null, tokens: number | null, more: Partial<BilledDay> = {}): BilledDay => ({
  day: DAY,
  model: 'claude-sonnet-5',
  usd,
  tokens,
  requests: null,
  ...more,
});
const compare = (ours: CountedDay[], theirs: BilledDay[], days = [DAY, TODAY]) =>
  compareBills({ counted: ours, billed: theirs }, days)[0];

test.each<[string, { ours: CountedDay[]; theirs: BilledDay[] }, string[]]>([
  ['the same', { ours: [counted(1, 1_000)], theirs: [billed(1, 1_000)] }, []],
  ['less than half a cent apart', { ours: [counted(0.1, 1_000)], theirs: [billed(0.1049, 1_003)] }, []],
  ['more at the provider', { ours: [counted(1, 1_000)], theirs: [billed(2, 2_000)] }, ['elsewhere']],
  ['more at the hive', { ours: [counted(2, 2_000)], theirs: [billed(1, 1_000)] }, ['uncounted']],
  [
    'more at the hive, part of it estimated',
    { ours: [counted(2, 2_000, { estimatedCalls: 1 })], theirs: [billed(1, 1_000)] },
    ['estimated'],
  ],
  ['the same tokens at another price', { ours: [counted(1, 1_000)], theirs: [billed(0.5, 1_000)] }, ['prices']],
  ['calls without a price', { ours: [counted(0, 1_000, { unpriced: 1 })], theirs: [billed(0.5, 1_000)] }, ['unpriced']],
  ['only money', { ours: [counted(1, 1_000)], theirs: [billed(2, null)] }, ['elsewhere', 'prices']],
  ['no money said', { ours: [counted(1, 1_000)], theirs: [billed(null, 1_000)] }, []],
  ['nothing said', { ours: [counted(1, 1_000)], theirs: [] }, []],
])('%s', (_, { ours, theirs }, why) => {
  expect(compare(ours, theirs)?.why).toEqual(why);
});

test('the day that is not over is said to be so', () => {
  expect(compare([counted(1, 1_000)], [billed(0.5, 500)], [DAY])?.why).toEqual(['not_over', 'uncounted']);
  expect(compare([counted(1, 1_000)], [billed(2, null)], [DAY])?.why).toEqual(['not_over', 'elsewhere', 'prices']);
});

test('versions of a model are one; costs without a model stand alone and count for the day; sums are exact', () => {
  const day = compare(
    [counted(0.1, 10, { model: 'claude-sonnet-5-20260901' }), counted(0.2, 10), counted(0, 5, { model: 'llama' })],
    [billed(0.3, 20), billed(0.3, null, { model: null })],
  );
  expect(day).toMatchObject({
    differenceUsd: 0.3,
    counted: { usage: { costUsd: 0.3 } },
    billed: { usd: 0.6, tokens: 20 },
  });
  expect(day?.models.map(({ model, counted: ours, billed: theirs }) => [model, ours?.calls, theirs?.usd])).toEqual([
    ['claude-sonnet-5', 2, 0.3],
    ['llama', 1, undefined],
    [null, undefined, 0.3],
  ]);
});

test('a day without any call is listed, and figures of other days are not', () => {
  const days = compareBills({ counted: [], billed: [billed(9, 9, { day: '2026-11-01' })] }, [DAY, TODAY]);
  expect(days.map(({ day, billed: { usd }, differenceUsd, why }) => [day, usd, differenceUsd, why])).toEqual([
    [DAY, null, null, []],
    [TODAY, null, null, []],
  ]);
});

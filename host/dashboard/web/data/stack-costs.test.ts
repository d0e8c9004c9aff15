import { expect, test } from 'vitest';
import { type DailyCosts, MOST_SERIES, sayDay, sayFigure, sayTick, stackCosts } from './stack-costs.ts';

const figures = (usd: number[], tokens = usd.map((value) => value * 1_000)) => ({
  usd,
  tokens,
  calls: usd.map(() => 1),
  unpriced: usd.map(() => 1),
});
const answer = (more: Partial<DailyCosts>): DailyCosts => ({
  timeZone: 'UTC',
  days: ['2026-11-27', '2026-11-28'],
  rows: [],
  others: null,
  ...more,
});

test('series are stacked, most of it first; those without a figure in the unit are left out', () => {
  const rows = [{ key: 'a', ...figures([1, 0]) }, { key: 'b', ...figures([2, 3]) }, { key: '', ...figures([0, 0], [5, 0]) }]; // prettier-ignore
  const dollars = stackCosts(answer({ rows }), 'usd');
  expect(dollars.series.map(({ label, total }) => [label, total])).toEqual([['b', 5], ['a', 1]]); // prettier-ignore
  expect(dollars).toMatchObject({ totals: [3, 3], total: 6, unpriced: 6 });
  expect(stackCosts(answer({ rows }), 'tokens').series.map(({ label }) => label)).toEqual(['b', 'a', 'gone']);
});

test('what has no colour of its own is one sum, with what hived summed already; nothing is lost', () => {
  const rows = Array.from({ length: 12 }, (_, i) => ({ key: `m${i}`, ...figures([i + 1, 1]) }));
  const { series, total } = stackCosts(answer({ rows, others: figures([10, 20]) }), 'usd');
  expect(series).toHaveLength(MOST_SERIES + 1);
  expect(series.at(-1)).toMatchObject({ label: 'others', isOthers: true, values: [1 + 2 + 3 + 4 + 5 + 10, 5 + 20] });
  expect(total).toBe((12 * 13) / 2 + 12 + 30);
});

test('nothing was used', () => {
  expect(stackCosts(answer({}), 'usd')).toEqual({ series: [], totals: [0, 0], total: 0, unpriced: 0 });
});

test('days and figures in words', () => {
  expect(sayDay('2026-11-01')).toBe('Nov 1');
  expect([0, 0.004, 1.5].map((value) => sayFigure('usd', value))).toEqual(['$0', '< $0.01', '$1.50']);
  expect(sayFigure('tokens', 1_234_567)).toBe('1.2M');
  expect([0, 0.005, 2.5].map((value) => sayTick('usd', value))).toEqual(['$0', '$0.005', '$2.5']);
});

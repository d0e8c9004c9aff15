import { expect, test } from 'vitest';
import { sumDaily } from './daily.ts';
import { dayStarts } from './windows.ts';

const cell = (span: number, key: string, { costUsd = 0, inputTokens = 10 }) => ({
  span,
  key,
  calls: 1,
  usage: { inputTokens, outputTokens: 1, cacheReadTokens: 2, cacheWriteTokens: 3, costUsd, unpricedCalls: costUsd === 0 ? 1 : 0 },
}); // prettier-ignore

test('figures of each day by key, the most expensive first, days without calls included', () => {
  const { rows, others } = sumDaily(
    [cell(0, 'a', { costUsd: 1 }), cell(2, 'a', { costUsd: 2 }), cell(2, 'b', { costUsd: 5 })],
    { days: 3, most: 10 },
  );
  expect(rows).toEqual([
    { key: 'b', usd: [0, 0, 5], tokens: [0, 0, 16], calls: [0, 0, 1], unpriced: [0, 0, 0] },
    { key: 'a', usd: [1, 0, 2], tokens: [16, 0, 16], calls: [1, 0, 1], unpriced: [0, 0, 0] },
  ]);
  expect(others).toBeNull();
});

test('keys beyond the most are one sum, and nothing is lost', () => {
  const cells = Array.from({ length: 40 }, (_, i) => cell(i % 2, `model-${i}`, { costUsd: i }));
  const { rows, others } = sumDaily(cells, { days: 2, most: 3 });
  expect(rows.map(({ key }) => key)).toEqual(['model-39', 'model-38', 'model-37']);
  expect(others?.calls).toEqual([19, 18]);
  const all = [...rows, others].flatMap((row) => row?.usd ?? []);
  expect(all.reduce((a, b) => a + b)).toBe((39 * 40) / 2);
  expect(others?.unpriced).toEqual([1, 0]);
});

test('without any price, those with most tokens come first', () => {
  const { rows } = sumDaily([cell(0, 'few', { inputTokens: 1 }), cell(0, 'many', { inputTokens: 1_000 })], {
    days: 1,
    most: 5,
  });
  expect(rows.map(({ key }) => key)).toEqual(['many', 'few']);
});

test('days begin at midnight of the time zone, also when clocks change', () => {
  const now = Date.UTC(2026, 9, 26, 10);
  // On October 25 clocks went back: that day has 25 hours.
  expect(dayStarts(3, now, 'Europe/Berlin').map((at) => new Date(at).toISOString())).toEqual([
    '2026-10-23T22:00:00.000Z',
    '2026-10-24T22:00:00.000Z',
    '2026-10-25T23:00:00.000Z',
  ]);
  expect(dayStarts(1, now, 'UTC')).toEqual([Date.UTC(2026, 9, 26)]);
  expect(dayStarts(1, Date.UTC(2026, 9, 26), 'UTC')).toEqual([Date.UTC(2026, 9, 26)]);
});

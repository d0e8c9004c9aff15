import type { OpOutput } from '../../../../protocol/op.ts';
import type { StatsSum } from '../../../../protocol/schemas/stats.ts';
import type { BrowserOperations } from '../../browser-operations.ts';
import type { CostSeries } from './stack-costs.ts';

type TurnSums = OpOutput<BrowserOperations['sumTurnStats']>;

/** The kinds of tokens, in the order of the bars: what is cheap at the bottom. */
const KINDS: readonly (readonly [label: string, of: (sum: StatsSum) => number])[] = [
  ['read from the cache', ({ cacheReadTokens }) => cacheReadTokens],
  ['written to the cache', ({ cacheWrite5mTokens, cacheWrite1hTokens }) => cacheWrite5mTokens + cacheWrite1hTokens],
  ['input', ({ inputTokens }) => inputTokens],
  ['output', ({ outputTokens }) => outputTokens],
];

/** The tokens of each day by kind; a kind without tokens is left out. */
export function stackTokens({ days, rows, total }: Pick<TurnSums, 'days' | 'rows' | 'total'>): CostSeries[] {
  const byDay = new Map(rows.map((row) => [row.key, row]));
  return KINDS.map(([label, of]) => {
    const values = days.map((day) => {
      const row = byDay.get(day);
      return row === undefined ? 0 : of(row);
    });
    return { label, values, total: of(total), isOthers: false };
  }).filter((series) => series.total > 0);
}

import type { DailyFigures } from '../../../../../protocol/operations/money.ts';
import type { UsageSum } from '../../../../../protocol/schemas/agent.ts';

interface SpentOnDay {
  /** The index of the day. */
  readonly span: number;
  readonly key: string;
  readonly calls: number;
  readonly usage: UsageSum;
}

type Row = DailyFigures & { readonly key: string };

/** Figures of each day by key, the most expensive first; those beyond `most` keys are one sum. */
export function sumDaily(
  spent: readonly SpentOnDay[],
  { days, most }: { days: number; most: number },
): { rows: Row[]; others: DailyFigures | null } {
  const byKey = new Map<string, SpentOnDay[]>();
  for (const cell of spent) {
    const known = byKey.get(cell.key);
    if (known === undefined) byKey.set(cell.key, [cell]);
    else known.push(cell);
  }
  const sorted = [...byKey]
    .map(([key, cells]) => ({ key, ...figuresOf(cells, days) }))
    .toSorted((a, b) => sum(b.usd) - sum(a.usd) || sum(b.tokens) - sum(a.tokens) || a.key.localeCompare(b.key));
  const left = new Set(sorted.slice(most).map(({ key }) => key));
  const others =
    left.size === 0
      ? null
      : figuresOf(
          spent.filter(({ key }) => left.has(key)),
          days,
        );
  return { rows: sorted.slice(0, most), others };
}

function figuresOf(cells: readonly SpentOnDay[], days: number): DailyFigures {
  const figures = { usd: zeros(days), tokens: zeros(days), calls: zeros(days), unpriced: zeros(days) };
  for (const { span, calls, usage } of cells) {
    const { inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens } = usage;
    add(figures.usd, span, usage.costUsd);
    add(figures.tokens, span, inputTokens + outputTokens + cacheReadTokens + cacheWriteTokens);
    add(figures.calls, span, calls);
    add(figures.unpriced, span, usage.unpricedCalls);
  }
  return figures;
}

const zeros = (days: number) => Array.from({ length: days }, () => 0);
const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

function add(values: number[], index: number, amount: number): void {
  values[index] = (values[index] ?? 0) + amount;
}

import type { OpOutput } from '../../../../protocol/op.ts';
import type { operatorSurface } from '../../../../protocol/operations/operator.ts';
import { formatCount } from './format.ts';

export type DailyCosts = OpOutput<(typeof operatorSurface)['listDailyCosts']>;
export type CostUnit = 'usd' | 'tokens';

/** One colour of the chart: its figures of each day. */
export interface CostSeries {
  readonly label: string;
  readonly values: readonly number[];
  readonly total: number;
  /** The sum of all that have no colour of their own. */
  readonly isOthers: boolean;
}

export interface StackedCosts {
  /** Most of it first; the others last. */
  readonly series: readonly CostSeries[];
  /** The sum of each day. */
  readonly totals: readonly number[];
  readonly total: number;
  /** Calls without a known price, of which nothing is in dollars. */
  readonly unpriced: number;
}

/** The colours that can be told apart; what comes after is one sum. */
export const MOST_SERIES = 7;

/** What is said of a sum without a name. */
export function sayNameless(by: string): string {
  return by === 'project' ? 'no project' : 'gone';
}

/** The figures of a chart, and of the table in its place. `nameless`: what is said of a sum without a name. */
export function stackCosts({ days, rows, others }: DailyCosts, unit: CostUnit, nameless = 'gone'): StackedCosts {
  const used = rows
    .map((row) => ({ label: row.key === '' ? nameless : row.key, values: row[unit], total: sum(row[unit]), isOthers: false }))
    .filter(({ total }) => total > 0)
    .toSorted((a, b) => b.total - a.total);
  const shown = used.slice(0, MOST_SERIES);
  const rest = [...used.slice(MOST_SERIES).map(({ values }) => values), ...(others === null ? [] : [others[unit]])];
  const restOfDay = days.map((_, day) => sum(rest.map((values) => values[day] ?? 0)));
  if (sum(restOfDay) > 0) shown.push({ label: 'others', values: restOfDay, total: sum(restOfDay), isOthers: true });
  const totals = days.map((_, day) => sum(shown.map(({ values }) => values[day] ?? 0)));
  const unpriced = sum([...rows.map((row) => sum(row.unpriced)), sum(others?.unpriced ?? [])]);
  return { series: shown, totals, total: sum(totals), unpriced };
} // prettier-ignore

function sum(values: readonly number[]): number {
  return values.reduce((all, value) => all + value, 0);
}

/** A figure in words; dollars with cents, or more digits below one. */
export function sayFigure(unit: CostUnit, value: number): string {
  if (unit === 'tokens') return formatCount(Math.round(value));
  if (value === 0) return '$0';
  return value < 0.01 ? '< $0.01' : `$${value.toFixed(2)}`;
}

/** A mark of the chart's axis: round already, of any size. */
export function sayTick(unit: CostUnit, value: number): string {
  return unit === 'tokens' ? formatCount(Math.round(value)) : `$${Number(value.toPrecision(3))}`;
}

/** A date (2026-11-27) as "Nov 27"; it has no time, so no time zone can change it. */
export function sayDay(date: string): string {
  return DAY.format(new Date(`${date}T00:00:00Z`));
}

const DAY = new Intl.DateTimeFormat('en', { month: 'short', day: 'numeric', timeZone: 'UTC' });

/** The figures of a budget that its sentences need. This file has no schemas, so that the page can import it. */
export interface SaidBudget {
  readonly scope: string;
  readonly unit: 'usd' | 'tokens' | 'requests';
  readonly per: 'turn' | 'hour' | 'day' | 'month' | 'total';
  readonly amount: number;
}

/** An amount with its unit: "$0.10", "12,000 tokens", "1 request". */
export function sayAmount(unit: SaidBudget['unit'], amount: number): string {
  if (unit === 'usd') return `$${amount.toFixed(amount !== 0 && Math.abs(amount) < 0.1 ? 4 : 2)}`;
  const whole = Math.round(amount);
  return `${String(whole).replaceAll(/\B(?=(\d{3})+$)/g, ',')} ${whole === 1 ? unit.slice(0, -1) : unit}`;
}

/** Its period: "a day", "in total". */
export function sayPeriod(per: SaidBudget['per']): string {
  if (per === 'total') return 'in total';
  return per === 'hour' ? 'an hour' : `a ${per}`;
}

/** A budget in a few words: "$5.00 a day for subtree:manager". */
export function sayBudget({ scope, unit, per, amount }: SaidBudget): string {
  return `${sayAmount(unit, amount)} ${sayPeriod(per)} for ${scope === 'hive' ? 'the hive' : scope}`;
}

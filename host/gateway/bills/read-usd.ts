/** Sums of money are counted in whole billionths of a dollar. */
export const BILLIONTHS = 1_000_000_000;

/**
 * An amount of money as a provider writes it (a decimal number, as text or not), in whole billionths of a dollar; null
 * for other text and amounts beyond nine million dollars. `unit`: the power of ten of a billionth that it is written in: 9 for dollars, 7 for cents.
 */
export function readBillionths(amount: string | number, unit: 7 | 9): number | null {
  if (typeof amount === 'number') return whole(Math.round(amount * 10 ** unit));
  const parts = /^(-?)(\d{1,12})(?:\.(\d{1,40}))?$/.exec(amount);
  if (parts === null) return null;
  const [, sign = '', dollars = '', fraction = ''] = parts;
  const digits = fraction.padEnd(unit + 1, '0');
  const rest = Number(digits.slice(0, unit)) + (Number(digits[unit]) >= 5 ? 1 : 0);
  const sum = Number(dollars) * 10 ** unit + rest;
  return whole(sign === '-' && sum !== 0 ? -sum : sum);
}

/** Null beyond what can be counted exactly, which is millions of dollars. */
function whole(sum: number): number | null {
  return Number.isSafeInteger(sum) ? sum : null;
}

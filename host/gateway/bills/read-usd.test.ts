import { expect, test } from 'vitest';
import { readBillionths } from './read-usd.ts';

test.each<[string | number, 7 | 9, number | null]>([
  ['123.78912', 7, 1_237_891_200],
  ['0.1', 9, 100_000_000],
  ['0.00000004', 7, 0],
  ['0.00000005', 7, 1],
  ['9999999.99999999', 7, 100_000_000_000_000],
  ['-5.5', 9, -5_500_000_000],
  [0.06, 9, 60_000_000],
  [1e-7, 9, 100],
  ['1e3', 9, null],
  ['', 9, null],
  ['1,000', 9, null],
  ['999999999999', 9, null],
  [Number.NaN, 9, null],
])('%s in the unit %i is %s billionths of a dollar', (amount, unit, billionths) => {
  expect(readBillionths(amount, unit)).toBe(billionths);
});

import * as fc from 'fast-check';
import stringWidth from 'string-width';
import { describe, expect, test } from 'vitest';
import { cutTo, fitTable } from './fit-table.ts';

const COLUMNS = [{ title: 'NAME' }, { title: 'DOING', shrinkTo: 6 }, { title: 'N', align: 'right' as const }];

describe('a table', () => {
  test('has its natural width without a terminal', () => {
    expect(fitTable(COLUMNS, [['scout', 'reads a very long page', '7']], null)).toEqual([
      'NAME   DOING                   N',
      'scout  reads a very long page  7',
    ]);
  });
  test('cuts only columns that may shrink, and marks the cut with an ellipsis', () => {
    expect(fitTable(COLUMNS, [['scout', 'reads a very long page', '7']], 20)).toEqual([
      'NAME   DOING       N',
      'scout  reads a v…  7',
    ]);
  });
  test('keeps a row on one line, whatever a cell contains', () => {
    const [, row] = fitTable(COLUMNS, [['a', 'one\ntwo\u001B[2J', '1']], null);
    expect(row).toBe('a     one two  1');
  });
  test('never exceeds the width while columns can shrink', () => {
    const cell = fc.string({ unit: 'grapheme', maxLength: 60 });
    fc.assert(
      fc.property(
        fc.array(fc.tuple(cell, cell), { maxLength: 5 }),
        fc.integer({ min: 20, max: 100 }),
        (rows, width) => {
          const shrinking = [
            { title: 'A', shrinkTo: 4 },
            { title: 'B', shrinkTo: 4 },
          ];
          for (const line of fitTable(shrinking, rows, width)) expect(stringWidth(line)).toBeLessThanOrEqual(width);
        },
      ),
    );
  });
});

describe('cutting to cells', () => {
  test('counts wide characters as two and never splits one', () => {
    expect(cutTo('日本語の', 6)).toBe('日本…');
    expect(cutTo('👩‍👩‍👧ab', 3)).toBe('👩‍👩‍👧…');
    expect(cutTo('abc', 3)).toBe('abc');
    expect(cutTo('abc', 0)).toBe('');
  });
});

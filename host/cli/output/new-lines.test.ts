import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { newLines } from './new-lines.ts';

const line = (at: number) => ({ at, text: `line ${at}` });

test('returns the lines that a growing log gained, whatever the size of the window', () => {
  fc.assert(
    fc.property(fc.nat(30), fc.nat(30), fc.integer({ min: 31, max: 80 }), (before, grown, window) => {
      const log = Array.from({ length: before + grown }, (_, index) => line(index));
      const seen = log.slice(0, before).slice(-window);
      expect(newLines(seen, log.slice(-window))).toEqual(log.slice(before));
    }),
  );
});

test('a repeated line is two lines', () => {
  const same = { at: 1, text: 'again' };
  expect(newLines([same], [same, same])).toEqual([same]);
});

test('a log that was started again is completely new', () => {
  expect(newLines([line(1), line(2)], [line(9)])).toEqual([line(9)]);
});

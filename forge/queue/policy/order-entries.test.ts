import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { PRIORITIES } from '../../../protocol/schemas/message.ts';
import { compareEntries, MOST_OVERTAKING_MS } from './order-entries.ts';

const HOUR_MS = 3_600_000;
const entry = fc.record({
  id: fc.nat(),
  priority: fc.constantFrom(...PRIORITIES),
  queuedAt: fc.nat({ max: 24 * HOUR_MS }),
});

test('the same priority goes by age, a higher one first', () => {
  const [early, late] = [1, 2].map((id) => ({ id, priority: 'normal' as const, queuedAt: id * 1000 }));
  expect(compareEntries(early!, late!)).toBeLessThan(0);
  expect(compareEntries(early!, { ...late!, priority: 'high' })).toBeGreaterThan(0);
});

test('nobody is overtaken by an entry that comes more than five hours later', () => {
  expect(MOST_OVERTAKING_MS).toBe(5 * HOUR_MS);
  fc.assert(
    fc.property(entry, entry, (a, b) => {
      if (b.queuedAt > a.queuedAt + MOST_OVERTAKING_MS) expect(compareEntries(a, b)).toBeLessThan(0);
    }),
  );
});

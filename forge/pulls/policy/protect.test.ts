import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { ACCESS_LEVELS, suffices } from '../../../protocol/access/repo-access.ts';
import { refuseMove } from './protect.ts';

const push = fc.record({
  kind: fc.constant('push' as const),
  level: fc.constantFrom(...ACCESS_LEVELS),
  isNew: fc.boolean(),
  isFirst: fc.boolean(),
  isDeleted: fc.boolean(),
  isForced: fc.constantFrom(true, false, null),
});
const rule = fc.record({
  pattern: fc.constant('main'),
  approvals: fc.nat({ max: 3 }),
  direct: fc.constantFrom('nobody' as const, 'merge' as const),
});

test('a push changes a protected branch only where its rule lets those who may merge push, and only forwards', () => {
  fc.assert(
    fc.property(push, rule, (move, protection) => {
      if (refuseMove('main', move, protection).length > 0 || move.isFirst) return;
      expect(suffices(move.level, 'merge')).toBe(true);
      expect(move.isDeleted).toBe(false);
      expect(protection.direct === 'merge' || move.isNew).toBe(true);
      if (!move.isNew) expect(move.isForced).not.toBe(true);
    }),
  );
});

test('a branch without a rule takes every push', () => {
  fc.assert(
    fc.property(push, (move) => {
      expect(refuseMove('fix', move, null)).toEqual([]);
    }),
  );
});

test('a merge needs its approvals, and nobody who wants changes; all reasons are named', () => {
  const protection = { pattern: 'main', approvals: 2, direct: 'nobody' } as const;
  const merge = (approvedBy: string[], changesWantedBy: string[] = []) =>
    refuseMove('main', { kind: 'merge', reviews: { approvedBy, changesWantedBy } }, protection);
  expect(merge(['a', 'b'])).toEqual([]);
  expect(merge(['a'])).toEqual(['it needs 2 approvals of its newest commit and has 1']);
  expect(merge(['a'], ['c'])).toHaveLength(2);
  expect(refuseMove('fix', { kind: 'merge', reviews: { approvedBy: [], changesWantedBy: ['c'] } }, null)).toEqual([
    'c wanted changes and has not approved since',
  ]);
});

import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { ACCESS_LEVELS, suffices } from '../../../protocol/access/repo-access.ts';
import type { BranchRule } from '../../../protocol/schemas/pull.ts';
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
  keepOnRebase: fc.boolean(),
  owners: fc.boolean(),
  roles: fc.constant<string[]>([]),
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

test('a merge needs its approvals, one of each role, and nobody who wants changes; all reasons are named', () => {
  const protection: BranchRule = {
    pattern: 'main',
    approvals: 2,
    direct: 'nobody',
    keepOnRebase: false,
    owners: false,
    roles: ['judge'],
  };
  const merge = (approvedBy: string[], changesWantedBy: string[] = [], approvedRoles = ['judge', 'worker']) =>
    refuseMove('main', { kind: 'merge', reviews: { approvedBy, changesWantedBy, approvedRoles } }, protection);
  expect(merge(['a', 'b'])).toEqual([]);
  expect(merge(['a'])).toEqual(['it needs 2 approvals of its newest commit and has 1']);
  expect(merge(['a', 'b'], [], ['worker'])).toEqual(['it needs an approval of an agent whose role is "judge"']);
  expect(merge(['a'], ['c'], [])).toHaveLength(3);
  expect(refuseMove('fix', { kind: 'merge', reviews: { approvedBy: [], changesWantedBy: ['c'] } }, null)).toEqual([
    'c wanted changes and has not approved since',
  ]);
});

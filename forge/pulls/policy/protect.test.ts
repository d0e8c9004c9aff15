import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { ACCESS_LEVELS, suffices } from '../../../protocol/access/repo-access.ts';
import { PULL_CHECK_STATES } from '../../../protocol/schemas/check.ts';
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
const noChecks = { state: 'none', failed: [], trouble: null } as const;
const rule = fc.record({
  pattern: fc.constant('main'),
  approvals: fc.nat({ max: 3 }),
  direct: fc.constantFrom('nobody' as const, 'merge' as const),
  keepOnRebase: fc.boolean(),
  owners: fc.boolean(),
  roles: fc.constant<string[]>([]),
  queue: fc.boolean(),
  statuses: fc.constant<[]>([]),
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
    queue: false,
    statuses: [],
  };
  const merge = (approvedBy: string[], changesWantedBy: string[] = [], approvedRoles = ['judge', 'worker']) =>
    refuseMove(
      'main',
      {
        kind: 'merge',
        via: 'direct',
        reviews: { approvedBy, changesWantedBy, approvedRoles },
        checks: noChecks,
        statuses: [],
      },
      protection,
    );
  expect(merge(['a', 'b'])).toEqual([]);
  expect(merge(['a'])).toEqual(['it needs 2 approvals of its newest commit and has 1']);
  expect(merge(['a', 'b'], [], ['worker'])).toEqual(['it needs an approval of an agent whose role is "judge"']);
  expect(merge(['a'], ['c'], [])).toHaveLength(3);
  const reviews = { approvedBy: [], changesWantedBy: ['c'] };
  expect(refuseMove('fix', { kind: 'merge', via: 'direct', reviews, checks: noChecks, statuses: [] }, null)).toEqual([
    'c wanted changes and has not approved since',
  ]);
});

test('a branch with a merge queue takes no merge that did not come through it', () => {
  const protection: BranchRule = {
    pattern: 'main',
    approvals: 0,
    direct: 'nobody',
    keepOnRebase: false,
    owners: false,
    roles: [],
    queue: true,
    statuses: [],
  };
  const reviews = { approvedBy: ['a'], changesWantedBy: [] };
  const merge = (via: 'direct' | 'queue') =>
    refuseMove('main', { kind: 'merge', via, reviews, checks: noChecks, statuses: [] }, protection);
  expect(merge('queue')).toEqual([]);
  expect(merge('direct')).toEqual(['main takes merges from its merge queue alone']);
});

test('only checks that passed, or that nobody declared, let a merge into a protected branch through', () => {
  const reviews = { approvedBy: ['a'], changesWantedBy: [] };
  const protection: BranchRule = {
    pattern: 'main',
    approvals: 1,
    direct: 'nobody',
    keepOnRebase: false,
    owners: false,
    roles: [],
    queue: false,
    statuses: [],
  };
  const merge = (state: (typeof PULL_CHECK_STATES)[number]) =>
    refuseMove(
      'main',
      { kind: 'merge', via: 'direct', reviews, checks: { state, failed: ['unit'], trouble: null }, statuses: [] },
      protection,
    );
  expect(PULL_CHECK_STATES.filter((state) => merge(state).length === 0)).toEqual(['none', 'passed']);
  expect(merge('failed')).toEqual(['required checks failed: unit']);
  const checks = { state: 'failed', failed: [], trouble: 'The file is broken.' } as const;
  expect(refuseMove('main', { kind: 'merge', via: 'direct', reviews, checks, statuses: [] }, protection)).toEqual([
    'its checks could not run: The file is broken.',
  ]);
  expect(refuseMove('fix', { kind: 'merge', via: 'direct', reviews, checks, statuses: [] }, null)).toEqual([]);
});

import { expect, test } from 'vitest';
import type { PullEntry } from '../../../../protocol/schemas/pull.ts';
import { listReviewers, stateOf, whyNotMerge } from './pull-view.ts';

const checks = { state: 'none' as const, failed: [], flaky: false, trouble: null, runs: [] };
const merge = { ready: false, reasons: [], conflicts: [], approvalsNeeded: 1, hasQueue: false, checks, statuses: [] };
const said = (by: string, kind: PullEntry['kind']) => ({ by, kind }) as PullEntry;

test('reviewers are those who were asked and those who judged, with what counts now', () => {
  const entries = [
    said('ann', 'approve'),
    said('bob', 'approve'),
    said('eve', 'comment'),
    said('dan', 'request_changes'),
  ];
  expect(
    listReviewers({
      reviewers: ['carl'],
      entries,
      merge: { ...merge, approvedBy: ['bob'], changesWantedBy: ['dan'] },
    }),
  ).toEqual([
    { name: 'dan', says: 'wants changes' },
    { name: 'bob', says: 'approved' },
    { name: 'ann', says: 'approved an older commit' },
    { name: 'carl', says: 'not yet' },
  ]);
});

test('a draft is open, an ended one is not', () => {
  expect(stateOf({ state: 'open', draft: true }).label).toBe('Draft');
  expect(stateOf({ state: 'merged', draft: true }).label).toBe('Merged');
  expect(whyNotMerge({ pull: { state: 'closed' } as never, merge: merge as never })).toBe('It is closed.');
  expect(whyNotMerge({ pull: { state: 'open' } as never, merge: { ...merge, ready: true } as never })).toBeNull();
});

import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { countReviews, type Judgement, refuseApproval, type ReviewFacts } from './count-reviews.ts';

const facts: ReviewFacts = {
  author: 'ann',
  pushers: ['ann', 'bob'],
  headOid: 'new',
  keepOnRebase: false,
  roleOf: (name) => (name === 'judge' ? 'judge' : null),
  mayReview: (name) => name !== 'guest',
  isMadeBy: (name, maker) => name === 'child' && maker === 'bob',
};

test.each([
  ['ann', 'ann opened this pull request'],
  ['bob', 'bob pushed to this branch'],
  ['child', 'child was made by bob'],
  ['guest', 'guest may not review'],
])('the approval of %s counts for nothing', (name, why) => {
  expect(refuseApproval(name, facts)).toContain(why);
  expect(countReviews([{ by: name, kind: 'approve', oid: 'new', standsFor: 'new' }], facts).approvedBy).toEqual([]);
});

test('an approval is for its commit; a wish for changes stands over pushes while its author may review', () => {
  const judged = (kind: Judgement['kind'], by: string, oid: string) =>
    countReviews([{ by, kind, oid, standsFor: oid }], facts);
  expect(judged('approve', 'judge', 'new').approvedBy).toEqual(['judge']);
  expect(judged('approve', 'judge', 'old').approvedBy).toEqual([]);
  expect(judged('request_changes', 'judge', 'old').changesWantedBy).toEqual(['judge']);
  expect(judged('request_changes', 'guest', 'new').changesWantedBy).toEqual([]);
  expect(judged('comment', 'judge', 'new')).toEqual({ approvedBy: [], changesWantedBy: [], approvedRoles: [] });
});

test('an approval of the same change counts for a later commit only where the rule keeps it', () => {
  const given = { by: 'judge', kind: 'approve', oid: 'old', standsFor: 'new' } as const;
  expect(countReviews([given], facts).approvedBy).toEqual([]);
  expect(countReviews([given], { ...facts, keepOnRebase: true }).approvedBy).toEqual(['judge']);
  // On another base even the commit that was judged makes another change.
  expect(countReviews([{ ...given, oid: 'new', standsFor: null }], facts).approvedBy).toEqual([]);
  // Who pushed it counts for nothing, however it was pushed.
  expect(countReviews([{ ...given, by: 'bob' }], { ...facts, keepOnRebase: true }).approvedBy).toEqual([]);
});

test('whoever approves is somebody else who may review, and judged the newest commit', () => {
  const name = fc.constantFrom('ann', 'bob', 'child', 'guest', 'judge', 'operator');
  const judgement = fc.record({
    by: name,
    kind: fc.constantFrom<Judgement['kind'][]>('approve', 'request_changes', 'comment'),
    oid: fc.constantFrom('new', 'old'),
    standsFor: fc.constantFrom('new', 'old', null),
  });
  fc.assert(
    fc.property(fc.uniqueArray(judgement, { selector: ({ by }) => by }), fc.boolean(), (judgements, keepOnRebase) => {
      const { approvedBy } = countReviews(judgements, { ...facts, keepOnRebase });
      for (const by of approvedBy) {
        expect(['judge', 'operator']).toContain(by);
        const given = judgements.find((one) => one.by === by);
        expect(given).toMatchObject({ kind: 'approve', standsFor: 'new' });
        if (!keepOnRebase) expect(given?.oid).toBe('new');
      }
    }),
  );
});

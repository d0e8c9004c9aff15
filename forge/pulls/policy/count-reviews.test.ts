import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { countReviews, type Judgement, refuseApproval, type ReviewFacts } from './count-reviews.ts';

const facts: ReviewFacts = {
  author: 'ann',
  pushers: ['ann', 'bob'],
  headOid: 'new',
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
  expect(countReviews([{ by: name, kind: 'approve', oid: 'new' }], facts).approvedBy).toEqual([]);
});

test('an approval is for its commit; a wish for changes stands over pushes while its author may review', () => {
  const judged = (kind: Judgement['kind'], by: string, oid: string) => countReviews([{ by, kind, oid }], facts);
  expect(judged('approve', 'judge', 'new').approvedBy).toEqual(['judge']);
  expect(judged('approve', 'judge', 'old').approvedBy).toEqual([]);
  expect(judged('request_changes', 'judge', 'old').changesWantedBy).toEqual(['judge']);
  expect(judged('request_changes', 'guest', 'new').changesWantedBy).toEqual([]);
  expect(judged('comment', 'judge', 'new')).toEqual({ approvedBy: [], changesWantedBy: [] });
});

test('whoever approves is somebody else who may review, and judged the newest commit', () => {
  const name = fc.constantFrom('ann', 'bob', 'child', 'guest', 'judge', 'operator');
  const judgement = fc.record({
    by: name,
    kind: fc.constantFrom<Judgement['kind'][]>('approve', 'request_changes', 'comment'),
    oid: fc.constantFrom('new', 'old'),
  });
  fc.assert(
    fc.property(fc.uniqueArray(judgement, { selector: ({ by }) => by }), (judgements) => {
      const { approvedBy } = countReviews(judgements, facts);
      for (const by of approvedBy) {
        expect(['judge', 'operator']).toContain(by);
        expect(judgements).toContainEqual({ by, kind: 'approve', oid: 'new' });
      }
    }),
  );
});

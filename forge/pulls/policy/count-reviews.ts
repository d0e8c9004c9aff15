import type { EntryKind } from '../../../protocol/schemas/pull.ts';

/** The last judgement of a reviewer. */
export interface Judgement {
  readonly by: string;
  readonly kind: EntryKind;
  /** The commit that was judged. */
  readonly oid: string;
}

export interface ReviewFacts {
  readonly author: string;
  /** Who pushed to the branch. */
  readonly pushers: readonly string[];
  readonly headOid: string;
  /** Whether somebody may review in this repository now. */
  readonly mayReview: (name: string) => boolean;
  /** Whether `name` was made by `maker`, directly or not. */
  readonly isMadeBy: (name: string, maker: string) => boolean;
}

/**
 * Why somebody's approval counts for nothing, in a sentence; null when it counts. Whoever wrote or pushed the work does
 * not judge it, and neither does an agent that one of them made.
 */
export function refuseApproval(name: string, facts: Omit<ReviewFacts, 'headOid'>): string | null {
  const { author, pushers, mayReview, isMadeBy } = facts;
  if (name === author) return `${name} opened this pull request: somebody else has to approve it.`;
  if (pushers.includes(name)) return `${name} pushed to this branch: somebody else has to approve it.`;
  const maker = [author, ...pushers].find((one) => isMadeBy(name, one));
  if (maker !== undefined) return `${name} was made by ${maker}, whose work this is: somebody else has to approve it.`;
  return mayReview(name) ? null : `${name} may not review in this repository.`;
}

export interface CountedReviews {
  readonly approvedBy: readonly string[];
  readonly changesWantedBy: readonly string[];
}

/**
 * Whose judgement counts. An approval is for the one commit that was judged; a wish for changes stands until its author
 * approves, or may not review any more.
 */
export function countReviews(judgements: readonly Judgement[], facts: ReviewFacts): CountedReviews {
  const approvedBy = judgements
    .filter(({ by, kind, oid }) => kind === 'approve' && oid === facts.headOid && refuseApproval(by, facts) === null)
    .map(({ by }) => by);
  const changesWantedBy = judgements
    .filter(({ by, kind }) => kind === 'request_changes' && facts.mayReview(by))
    .map(({ by }) => by);
  return { approvedBy, changesWantedBy };
}

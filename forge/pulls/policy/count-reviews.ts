import type { EntryKind } from '../../../protocol/schemas/pull.ts';

/** The last judgement of a reviewer. */
export interface Judgement {
  readonly by: string;
  readonly kind: EntryKind;
  /** The commit that was judged. */
  readonly oid: string;
  /** Of an approval: the commit that it is for, which makes the same change; null: no commit now. */
  readonly standsFor: string | null;
}

export interface ReviewFacts {
  readonly author: string;
  /** Who pushed to the branch. */
  readonly pushers: readonly string[];
  readonly headOid: string;
  /** The rule of the base: approvals count for a later commit, too, that makes the same change. */
  readonly keepOnRebase: boolean;
  /** The role of an agent; null: there is no such agent. */
  readonly roleOf: (name: string) => string | null;
  /** Whether somebody may review in this repository now. */
  readonly mayReview: (name: string) => boolean;
  /** Whether `name` was made by `maker`, directly or not. */
  readonly isMadeBy: (name: string, maker: string) => boolean;
}

/** What is known about those who may judge a pull request. */
export type JudgeFacts = Pick<ReviewFacts, 'author' | 'pushers' | 'mayReview' | 'isMadeBy'>;

/** Why somebody's approval counts for nothing, in a sentence; null when it counts. */
export function refuseApproval(name: string, facts: JudgeFacts): string | null {
  const reason = refuseJudge(name, facts);
  return reason === null ? null : `${reason}: somebody else has to approve it.`;
}

/**
 * Why somebody's word about a pull request counts for nothing; null when it counts. Whoever wrote or pushed the work
 * does not judge it, and neither does an agent that one of them made.
 */
export function refuseJudge(name: string, { author, pushers, mayReview, isMadeBy }: JudgeFacts): string | null {
  if (name === author) return `${name} opened this pull request`;
  if (pushers.includes(name)) return `${name} pushed to this branch`;
  const maker = [author, ...pushers].find((one) => isMadeBy(name, one));
  if (maker !== undefined) return `${name} was made by ${maker}, whose work this is`;
  return mayReview(name) ? null : `${name} may not review in this repository`;
}

export interface CountedReviews {
  readonly approvedBy: readonly string[];
  readonly changesWantedBy: readonly string[];
  /** The roles of the agents who approved; without it: none. */
  readonly approvedRoles?: readonly string[];
}

/**
 * Whose judgement counts. An approval is for the one commit that was judged, or where the rule says so for a later one
 * with the same change; a wish for changes stands until its author approves, or may not review any more.
 */
export function countReviews(judgements: readonly Judgement[], facts: ReviewFacts): CountedReviews {
  const approvedBy = judgements
    .filter((judgement) => isForHead(judgement, facts) && refuseApproval(judgement.by, facts) === null)
    .map(({ by }) => by);
  const changesWantedBy = judgements
    .filter(({ by, kind }) => kind === 'request_changes' && facts.mayReview(by))
    .map(({ by }) => by);
  return { approvedBy, changesWantedBy, approvedRoles: approvedBy.flatMap((name) => facts.roleOf(name) ?? []) };
}

function isForHead({ kind, oid, standsFor }: Judgement, { headOid, keepOnRebase }: ReviewFacts): boolean {
  return kind === 'approve' && standsFor === headOid && (keepOnRebase || oid === headOid);
}

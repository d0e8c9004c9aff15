import { type AccessLevel, suffices } from '../../../protocol/access/repo-access.ts';
import type { PullChecks } from '../../../protocol/schemas/check.ts';
import type { BranchRule } from '../../../protocol/schemas/pull.ts';
import type { CountedReviews } from './count-reviews.ts';
import { type JudgedStatus, refuseStatus } from './count-statuses.ts';

/** A move of a branch that somebody asks for. */
export type Move =
  | {
      readonly kind: 'push';
      readonly level: AccessLevel;
      /** The branch is not there yet; the repository has no branch at all. */
      readonly isNew: boolean;
      readonly isFirst: boolean;
      readonly isDeleted: boolean;
      /** It drops commits that the branch has; null: not known yet. */
      readonly isForced: boolean | null;
    }
  | {
      readonly kind: 'merge';
      /** `queue`: after the checks of its place in the merge queue. */
      readonly via: 'direct' | 'queue';
      readonly reviews: CountedReviews;
      /** What the required checks say about the merge result, which ones failed, and why they could not run. */
      readonly checks: Pick<PullChecks, 'state' | 'trouble'> & { readonly failed: readonly string[] };
      /** The statuses that the rule asks for. */
      readonly statuses: readonly JudgedStatus[];
    };

/**
 * Why a branch may not be moved so, each reason with what to do; none when it may. Every path that moves a branch asks
 * this function: pushes, merges, and whatever comes later. `rule` null: the branch is not protected.
 */
export function refuseMove(branch: string, move: Move, rule: BranchRule | null): string[] {
  if (move.kind === 'merge') return refuseMerge(branch, move, rule);
  const reason = rule === null ? null : refusePush(branch, move, rule);
  return reason === null ? [] : [reason];
}

function refusePush(branch: string, move: Extract<Move, { kind: 'push' }>, rule: BranchRule): string | null {
  if (move.isFirst) return null;
  if (move.isDeleted) return `${branch} is protected: nobody may delete it`;
  if (rule.direct === 'nobody')
    return move.isNew && suffices(move.level, 'merge')
      ? null
      : `${branch} is protected: push another branch and open a pull request for it`;
  if (!suffices(move.level, 'merge'))
    return `${branch} is protected, and you may not merge: push another branch and open a pull request for it`;
  if (move.isForced === true) return `${branch} is protected: nobody may remove commits from it`;
  return null;
}

function refuseMerge(
  branch: string,
  { via, reviews, checks, statuses }: Extract<Move, { kind: 'merge' }>,
  rule: BranchRule | null,
): string[] {
  const { approvedBy, changesWantedBy, approvedRoles = [] } = reviews;
  const reasons = [];
  if (rule?.queue === true && via === 'direct') reasons.push(`${branch} takes merges from its merge queue alone`);
  if (changesWantedBy.length > 0)
    reasons.push(`${changesWantedBy.join(' and ')} wanted changes and has not approved since`);
  const missing = (rule?.approvals ?? 0) - approvedBy.length;
  if (missing > 0)
    reasons.push(
      `it needs ${rule?.approvals} ${rule?.approvals === 1 ? 'approval' : 'approvals'} of its newest commit and has ${approvedBy.length}`,
    );
  for (const role of rule?.roles ?? [])
    if (!approvedRoles.includes(role)) reasons.push(`it needs an approval of an agent whose role is "${role}"`);
  if (rule !== null) reasons.push(...refuseChecks(branch, checks));
  reasons.push(...statuses.flatMap((status) => refuseStatus(branch, status) ?? []));
  return reasons;
}

/** Only checks that passed, or that nobody declared, let a merge through. */
function refuseChecks(
  branch: string,
  { state, failed, trouble }: Extract<Move, { kind: 'merge' }>['checks'],
): string[] {
  switch (state) {
    case 'none':
    case 'passed':
      return [];
    case 'running':
      return ['its checks are running: try again when they have passed'];
    case 'missing':
      return [
        `its checks have not run with the newest commit of ${branch}: try to merge it, which asks for them, or run them`,
      ];
    case 'failed':
      return [
        trouble === null ? `required checks failed: ${failed.join(', ')}` : `its checks could not run: ${trouble}`,
      ];
  }
}

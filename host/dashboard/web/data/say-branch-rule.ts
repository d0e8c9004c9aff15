import type { BranchRule } from '../../../../protocol/schemas/pull.ts';

/** A rule's demands in words. */
export function sayRule({ approvals, direct }: Pick<BranchRule, 'approvals' | 'direct'>): string {
  const needed =
    approvals === 0
      ? 'A pull request needs no approval'
      : `A pull request needs ${approvals} ${approvals === 1 ? 'approval' : 'approvals'}`;
  return `${needed}; ${direct === 'nobody' ? 'nobody pushes directly' : 'whoever may merge pushes directly, too'}`;
}

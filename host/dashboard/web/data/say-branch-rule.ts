import type { BranchRule } from '../../../../protocol/schemas/pull.ts';

/** A rule's demands in words. */
export function sayRule({
  approvals,
  direct,
  keepOnRebase,
  owners,
  roles,
  queue,
  statuses,
}: Omit<BranchRule, 'pattern'>): string {
  const needed =
    approvals === 0
      ? 'A pull request needs no approval'
      : `A pull request needs ${approvals} ${approvals === 1 ? 'approval' : 'approvals'}`;
  return [
    needed,
    ...roles.map((role) => `an agent with the role “${role}” approves`),
    ...(owners ? ['owners of the changed paths approve'] : []),
    ...(keepOnRebase ? ['approvals stay over a rebase that changes nothing else'] : []),
    direct === 'nobody' ? 'nobody pushes directly' : 'whoever may merge pushes directly, too',
    ...statuses.map(
      ({ context, by }) => `the status “${context}” of ${by === 'operator' ? 'the operator' : by} is success`,
    ),
    ...(queue ? ['merges go through its queue'] : []),
  ].join('; ');
}

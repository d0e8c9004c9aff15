import picomatch from 'picomatch';
import type { OwnerKind } from '../../../protocol/access/repo-access.ts';
import type { BranchRule } from '../../../protocol/schemas/pull.ts';

export interface RulesOfRepository {
  readonly rules: readonly BranchRule[];
  readonly defaultBranch: string;
  readonly ownerKind: OwnerKind;
}

/**
 * The rule of a branch: the one that names it, else the longest pattern that matches. The default branch of a project
 * is protected without one: nobody pushes to it, and a pull request needs one approval. Null: it is not protected.
 */
export function findRule(branch: string, { rules, defaultBranch, ownerKind }: RulesOfRepository): BranchRule | null {
  const matching = rules
    .filter(({ pattern }) => pattern === branch || matches(pattern, branch))
    .toSorted((a, b) => rank(b.pattern, branch) - rank(a.pattern, branch));
  if (matching[0] !== undefined) return matching[0];
  return ownerKind === 'project' && branch === defaultBranch ? { pattern: branch, ...PROJECT_DEFAULT } : null;
}

/** The rule of a project's default branch, unless the operator set another one. */
export const PROJECT_DEFAULT: Omit<BranchRule, 'pattern'> = {
  approvals: 1,
  direct: 'nobody',
  keepOnRebase: false,
  owners: false,
  roles: [],
  queue: false,
  statuses: [],
};

function matches(pattern: string, branch: string): boolean {
  return picomatch(pattern, { dot: true, noext: true, nobrace: true, nonegate: true })(branch);
}

function rank(pattern: string, branch: string): number {
  return pattern === branch ? Infinity : pattern.length;
}

import type { BranchTip } from '../../backend/browse.ts';
import type { BaseUrl } from '../route.ts';
import { toTipCommit } from './commit.ts';

/** A branch with its newest commit, and what the caller may do with it. */
export function toBranch({ name, commit, rule, canPush, canMerge }: BranchTip, where: { base: BaseUrl; repo: string }) {
  return {
    name,
    commit: toTipCommit(commit, where),
    protected: rule !== null,
    required_approvals: rule?.approvals ?? 0,
    enable_status_check: rule !== null,
    status_check_contexts: [],
    user_can_push: canPush,
    user_can_merge: canMerge,
    effective_branch_protection_name: rule?.pattern ?? '',
  };
}

import type { BranchRule } from '../../../protocol/schemas/pull.ts';

/** A rule of protected branches. What the forge always does is said as such. */
export function toProtection({ pattern, approvals, direct, keepOnRebase, owners, statuses }: BranchRule) {
  return {
    rule_name: pattern,
    branch_name: pattern,
    enable_push: direct === 'merge',
    enable_push_whitelist: false,
    push_whitelist_usernames: [],
    enable_force_push: false,
    enable_merge_whitelist: false,
    merge_whitelist_usernames: [],
    // Also without contexts: .hive/checks.yaml declares more.
    enable_status_check: true,
    status_check_contexts: statuses.map(({ context }) => context),
    required_approvals: approvals,
    enable_approvals_whitelist: false,
    approvals_whitelist_username: [],
    // An approval counts for one commit; a wish for changes stands until its author approves.
    dismiss_stale_approvals: !keepOnRebase,
    block_on_rejected_reviews: true,
    block_on_codeowner_reviews: owners,
    block_on_outdated_branch: false,
    require_signed_commits: false,
    protected_file_patterns: '',
  };
}

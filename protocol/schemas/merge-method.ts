/** How a pull request's commits get onto its base. `fast_forward` moves the base to the head as it is. */
export const MERGE_METHODS = ['merge', 'squash', 'rebase', 'fast_forward'] as const;
export type MergeMethod = (typeof MERGE_METHODS)[number];

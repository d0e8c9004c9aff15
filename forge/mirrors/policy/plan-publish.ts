/** A branch or tag that is to be published at this object. */
export interface ToPublish {
  readonly ref: string;
  readonly oid: string;
}

/**
 * What a push mirror has to publish, by the repository's branches and tags of this moment: its default branch, the
 * branches that the operator named, and every tag, as far as they are not published as they are. Deleted ones stay
 * outside. `gone`: what need not be remembered any more.
 */
export function planPublish(
  repository: { readonly refs: ReadonlyMap<string, string>; readonly defaultBranch: string },
  mirror: { readonly branches: readonly string[] },
  published: readonly { readonly ref: string; readonly oid: string | null }[],
): { publish: ToPublish[]; gone: string[] } {
  const branches = new Set([repository.defaultBranch, ...mirror.branches].map((name) => `refs/heads/${name}`));
  const isMeant = (ref: string) => ref.startsWith('refs/tags/') || branches.has(ref);
  const known = new Map(published.map(({ ref, oid }) => [ref, oid]));
  return {
    publish: [...repository.refs]
      .filter(([ref, oid]) => isMeant(ref) && known.get(ref) !== oid)
      .map(([ref, oid]) => ({ ref, oid })),
    gone: published.map(({ ref }) => ref).filter((ref) => !isMeant(ref) || !repository.refs.has(ref)),
  };
}

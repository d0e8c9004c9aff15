import { type RepoName, type RepoOwner, repoName, repoOwner } from './names.ts';

/** The head of a pull request that is a branch of another repository. */
export interface ForkHead {
  readonly owner: RepoOwner;
  readonly name: RepoName;
  readonly branch: string;
}

/** Reads `OWNER/NAME:BRANCH`; null: a branch of the repository itself, whose name has no colon. */
export function parseForkHead(head: string): ForkHead | null {
  const [, givenOwner, givenName, branch = ''] = /^([^/:]+)\/([^/:]+):(.+)$/.exec(head) ?? [];
  const owner = repoOwner.safeParse(givenOwner);
  const name = repoName.safeParse(givenName);
  return owner.success && name.success ? { owner: owner.data, name: name.data, branch } : null;
}

export function sayForkHead({ owner, name, branch }: ForkHead): string {
  return `${owner}/${name}:${branch}`;
}

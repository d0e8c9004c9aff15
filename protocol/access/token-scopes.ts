import type { RepoAction } from './repo-access.ts';

/** What a token of the forge may be allowed, in the words of Gitea. Writing includes reading. */
export const TOKEN_SCOPES = ['read:user', 'read:repository', 'write:repository', 'read:issue', 'write:issue'] as const;
export type TokenScope = (typeof TOKEN_SCOPES)[number];

/** The limits of a caller that identified itself with a token: they come on top of its own rights. */
export interface TokenLimits {
  readonly scopes: ReadonlySet<TokenScope>;
  /** `OWNER/NAME` of the repositories that exist for it; null: all that its owner sees. */
  readonly repositories: ReadonlySet<string> | null;
}

/**
 * The scopes of which a token needs one for an action on a repository, whatever the transport. None: no token is enough,
 * the action is the operator's own.
 */
export const ACTION_SCOPES: Readonly<Record<RepoAction, readonly TokenScope[]>> = {
  look: ['read:repository', 'read:issue'],
  fetch: ['read:repository'],
  open_pull: ['write:repository'],
  comment: ['write:issue', 'write:repository'],
  review: ['write:repository'],
  set_status: ['write:repository'],
  push: ['write:repository'],
  create: ['write:repository'],
  close_pull: ['write:repository'],
  label: ['write:issue', 'write:repository'],
  merge: ['write:repository'],
  retry_checks: ['write:repository'],
  set_rules: [],
  choose_default_branch: [],
  prune: [],
  maintain: [],
  remove: [],
};

/** Whether granted scopes include one: the scope itself, or for reading the one that writes. */
export function includesScope(granted: ReadonlySet<TokenScope>, needed: TokenScope): boolean {
  return granted.has(needed) || granted.has(needed.replace(/^read:/, 'write:') as TokenScope);
}

/** Whether a token is enough for an action, before its owner's own rights. */
export function tokenSuffices({ scopes }: TokenLimits, action: RepoAction): boolean {
  return ACTION_SCOPES[action].some((scope) => includesScope(scopes, scope));
}

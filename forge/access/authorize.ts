import {
  ACCESS,
  type AccessLevel,
  accessOf,
  type MemberLevel,
  type Owner,
  RELATIONS,
  type RepoAction,
  type RepoCaller,
  suffices,
} from '../../protocol/access/repo-access.ts';
import { ACTION_SCOPES, type TokenLimits, tokenSuffices } from '../../protocol/access/token-scopes.ts';
import { type AgentName, OPERATOR, type RepoName } from '../../protocol/names.ts';

/** `hidden`: the caller may not even learn whether it exists, and gets the answer for a missing repository. */
export type Verdict =
  | { readonly kind: 'allowed' }
  | { readonly kind: 'hidden' }
  | { readonly kind: 'refused'; readonly reason: string };

/** An owner; a project with its members, in the order of their names. */
export type OwnerFacts =
  | Exclude<Owner, { kind: 'project' }>
  | (Extract<Owner, { kind: 'project' }> & { readonly members: ReadonlyMap<AgentName, MemberLevel> });

interface OwnedRepo {
  readonly owner: OwnerFacts;
  readonly name: RepoName;
}

/**
 * Decides every action on a repository by the table of rights (protocol/access/repo-access.ts) and, for a caller with a
 * token, by the token's limits. Denies by default.
 */
export function authorize(caller: RepoCaller, action: RepoAction, repo: OwnedRepo): Verdict {
  // A run of a check may do nothing with the other repositories of the same owner.
  if (caller.kind === 'check' && caller.repo !== repo.name) return { kind: 'hidden' };
  const level = accessOf(caller, repo.owner);
  const { token } = caller;
  if (token !== undefined && !isVisibleTo(token, repo)) return { kind: 'hidden' };
  if (suffices(level, action))
    return token === undefined || tokenSuffices(token, action)
      ? { kind: 'allowed' }
      : { kind: 'refused', reason: explainScopes(action, repo) };
  if (level === 'none' || caller.kind !== 'agent') return { kind: 'hidden' };
  return { kind: 'refused', reason: explainRefusal({ name: caller.name, level }, action, repo) };
}

/** The name of a caller in facts. */
export function nameOf(caller: RepoCaller): string {
  if (caller.kind === 'check') return `check ${caller.run}`;
  return caller.kind === 'operator' ? OPERATOR : caller.name;
}

/** A token that may not even look learns nothing, either. */
function isVisibleTo(token: TokenLimits, { owner, name }: OwnedRepo): boolean {
  const { repositories } = token;
  return tokenSuffices(token, 'look') && (repositories === null || repositories.has(`${owner.name}/${name}`));
}

/** The refusal for a token whose owner would be allowed. */
function explainScopes(action: RepoAction, { owner, name }: OwnedRepo): string {
  const scopes = ACTION_SCOPES[action];
  const needs = scopes.length === 0 ? 'no token may' : `it needs the scope ${scopes.join(' or ')}`;
  return `This token may not do that in ${owner.name}/${name} (${VERBS[action]}): ${needs}.`;
}

const DONE_AT: Record<Exclude<AccessLevel, 'none'>, string> = {
  checkout: 'check out',
  read: 'read',
  review: 'read and review',
  write: 'push to',
  merge: 'push to and merge into',
  admin: 'administer',
};

const VERBS: Record<RepoAction, string> = {
  look: 'read it',
  fetch: 'read it',
  open_pull: 'open a pull request for it',
  comment: 'comment on its pull requests',
  review: 'review its pull requests',
  set_status: 'set statuses of its commits',
  push: 'push to it',
  create: 'create it',
  close_pull: 'close its pull requests',
  label: 'set labels in it',
  merge: 'merge its pull requests',
  set_rules: 'set its rules',
  choose_default_branch: 'choose its default branch',
  retry_checks: 'run its checks again',
  prune: 'prune it',
  maintain: 'maintain it',
  remove: 'remove it',
};

/** The refusal for an agent: its own rights, who has more, and the alternative. */
function explainRefusal(
  asker: { name: string; level: Exclude<AccessLevel, 'none'> },
  action: RepoAction,
  { owner, name }: OwnedRepo,
): string {
  const may = whoMay(owner, action);
  const own = `${asker.name}/${name}`;
  const instead =
    action === 'push'
      ? `Push to ${own}, then open a pull request with the head ${own}:BRANCH, or send`
      : action === 'create'
        ? `Push to ${own} and send`
        : 'Send';
  return (
    `${asker.name} may ${DONE_AT[asker.level]} ${owner.name}/${name} but not ${VERBS[action]}: ` +
    `only ${joinNames(may)} may. ${instead} a message about it to ${may[0]}.`
  );
}

function joinNames(names: readonly string[]): string {
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}

/** At most so many members of a project are named. */
const MOST_NAMED = 3;

/** Who may take an action on an owner's repositories, in words, nearest first. */
function whoMay(owner: OwnerFacts, action: RepoAction): string[] {
  const names = { owner: owner.name as string, manager: 'the manager', agent: 'every agent', operator: 'the operator' };
  return RELATIONS.flatMap((relation) => {
    if (relation === 'check') return [];
    if (relation === 'member') return owner.kind === 'project' ? nameMembers(owner.members, action) : [];
    const level = ACCESS[owner.kind][relation] ?? 'none';
    return level !== 'spec' && suffices(level, action) ? [names[relation]] : [];
  });
}

function nameMembers(members: ReadonlyMap<AgentName, MemberLevel>, action: RepoAction): string[] {
  const able = [...members].filter(([, level]) => suffices(level, action)).map(([name]) => name);
  const more = able.length - MOST_NAMED;
  return [...able.slice(0, MOST_NAMED), ...(more > 0 ? [`${more} more of its members`] : [])];
}

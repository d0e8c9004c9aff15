import type { AgentName, ProjectName, RepoName, RepoOwner } from '../names.ts';
import type { TokenLimits } from './token-scopes.ts';

/**
 * What somebody may do with a repository, from nothing to everything: each level includes those before it. `checkout`:
 * fetch the one commit that is checked. `review`: comment on pull requests and judge them. `write`: push branches that no rule protects, create repositories, open
 * pull requests. `merge`: merge pull requests, and push to protected branches where their rule allows it.
 */
export const ACCESS_LEVELS = ['none', 'checkout', 'read', 'review', 'write', 'merge', 'admin'] as const;
export type AccessLevel = (typeof ACCESS_LEVELS)[number];

/** The levels that an agent's spec may give it in a project. */
export const MEMBER_LEVELS = ['read', 'review', 'write', 'merge'] as const satisfies readonly AccessLevel[];
export type MemberLevel = (typeof MEMBER_LEVELS)[number];

/** The caller, known from the socket on which the request arrived, or from its token. */
export type RepoCaller = (OperatorCaller | AgentCaller | CheckCaller) & {
  /** Of a caller that used a token: authorize() allows nothing beyond these limits. */
  readonly token?: TokenLimits;
};

interface OperatorCaller {
  readonly kind: 'operator';
}

export interface AgentCaller {
  readonly kind: 'agent';
  readonly name: AgentName;
  readonly isManager: boolean;
  /** The projects that its spec names, with its level in each. */
  readonly projects: ReadonlyMap<ProjectName, MemberLevel>;
}

/** One run of a check: it fetches the commit that it checks, from its own repository, and does nothing else. */
export interface CheckCaller {
  readonly kind: 'check';
  readonly run: number;
  readonly owner: RepoOwner;
  readonly repo: RepoName;
  /** The one ref that it sees, and that ref's commit. */
  readonly ref: string;
  readonly commit: string;
}

/** The relation of a caller to an owner of repositories. */
export const RELATIONS = ['owner', 'member', 'manager', 'agent', 'check', 'operator'] as const;
export type Relation = (typeof RELATIONS)[number];

/** Kinds of owners. */
export const OWNER_KINDS = ['agent', 'project', 'shared', 'hive', 'operator'] as const;
export type OwnerKind = (typeof OWNER_KINDS)[number];

/** An owner of repositories. Agents and projects share one namespace, so the kind cannot be read from the name. */
export type Owner =
  | { readonly kind: 'project'; readonly name: ProjectName }
  | { readonly kind: Exclude<OwnerKind, 'project'>; readonly name: Exclude<RepoOwner, ProjectName> };

/** A member's level is the one in its spec. */
const SPEC_LEVEL = 'spec';

/** The one table of rights. A pair that is not in it has the level `none`. */
export const ACCESS: Readonly<Record<OwnerKind, Partial<Readonly<Record<Relation, AccessLevel | typeof SPEC_LEVEL>>>>> =
  {
    agent: { owner: 'merge', manager: 'read', check: 'checkout', operator: 'admin' },
    project: { member: SPEC_LEVEL, manager: 'read', check: 'checkout', operator: 'admin' },
    shared: { manager: 'merge', agent: 'read', check: 'checkout', operator: 'admin' },
    hive: { manager: 'read', check: 'checkout', operator: 'admin' },
    operator: { manager: 'read', check: 'checkout', operator: 'admin' },
  };

/**
 * The actions on repositories, and the level that each needs. Creating a repository needs `write` to its owner's
 * namespace; `open_pull` is about the repository that a pull request wants to change.
 */
export const ACTION_LEVELS = {
  look: 'read',
  fetch: 'checkout',
  open_pull: 'read',
  comment: 'review',
  review: 'review',
  set_status: 'review',
  push: 'write',
  create: 'write',
  close_pull: 'write',
  label: 'write',
  merge: 'merge',
  set_rules: 'admin',
  choose_default_branch: 'admin',
  retry_checks: 'write',
  prune: 'admin',
  maintain: 'admin',
  remove: 'admin',
} as const satisfies Record<string, AccessLevel>;
export type RepoAction = keyof typeof ACTION_LEVELS;

/** A caller's level for an owner's repositories: the highest that one of its relations to the owner gives. */
export function accessOf(caller: RepoCaller, owner: Owner): AccessLevel {
  return relationsTo(caller, owner)
    .map((relation) => levelBy(relation, caller, owner))
    .reduce(higher, 'none');
}

/** Whether a level is enough for an action. */
export function suffices(level: AccessLevel, action: RepoAction): boolean {
  return includes(level, ACTION_LEVELS[action]);
}

/** The kind of an owner that is no project; every other name counts as an agent's. */
export function plainOwner(name: Exclude<RepoOwner, ProjectName>): Exclude<Owner, { kind: 'project' }> {
  const word: string = name;
  const fixed = FIXED_KINDS.find((kind) => kind === word);
  return { kind: fixed ?? 'agent', name };
}

const FIXED_KINDS = ['shared', 'hive', 'operator'] as const;

function levelBy(relation: Relation, caller: RepoCaller, owner: Owner): AccessLevel {
  const level = ACCESS[owner.kind][relation] ?? 'none';
  if (level !== SPEC_LEVEL) return level;
  return (caller.kind === 'agent' && owner.kind === 'project' ? caller.projects.get(owner.name) : undefined) ?? 'none';
}

function relationsTo(caller: RepoCaller, owner: Owner): Relation[] {
  if (caller.kind === 'operator') return ['operator'];
  // Of the repositories of that owner, `authorize` lets it have its own.
  if (caller.kind === 'check') return caller.owner === owner.name ? ['check'] : [];
  const relations: Relation[] = [caller.isManager ? 'manager' : 'agent'];
  if (owner.kind === 'agent' && owner.name === caller.name) relations.push('owner');
  if (owner.kind === 'project' && caller.projects.has(owner.name)) relations.push('member');
  return relations;
}

function higher(one: AccessLevel, other: AccessLevel): AccessLevel {
  return includes(one, other) ? one : other;
}

/** Whether a level is at least `needed`. */
function includes(level: AccessLevel, needed: AccessLevel): boolean {
  return ACCESS_LEVELS.indexOf(level) >= ACCESS_LEVELS.indexOf(needed);
}

import type { AgentName, RepoOwner } from '../names.ts';

/**
 * What somebody may do with a repository, from nothing to everything: each level includes those before it. A further
 * level (for reviews, for merges) is one more entry in this list and in the actions that need it.
 */
export const ACCESS_LEVELS = ['none', 'read', 'write', 'admin'] as const;
export type AccessLevel = (typeof ACCESS_LEVELS)[number];

/** The caller, known from the socket on which the request arrived. */
export type RepoCaller =
  | { readonly kind: 'operator' }
  | { readonly kind: 'agent'; readonly name: AgentName; readonly isManager: boolean };

/** The relation of a caller to an owner of repositories. */
export const RELATIONS = ['owner', 'manager', 'agent', 'operator'] as const;
export type Relation = (typeof RELATIONS)[number];

/** Kinds of owners; every agent is of the kind `agent`. */
export const OWNER_KINDS = ['agent', 'shared', 'hive', 'operator'] as const;
export type OwnerKind = (typeof OWNER_KINDS)[number];

/** The one table of rights. A pair that is not in it has the level `none`. */
export const ACCESS: Readonly<Record<OwnerKind, Partial<Readonly<Record<Relation, AccessLevel>>>>> = {
  agent: { owner: 'write', manager: 'read', operator: 'admin' },
  shared: { manager: 'write', agent: 'read', operator: 'admin' },
  hive: { manager: 'read', operator: 'admin' },
  operator: { manager: 'read', operator: 'admin' },
};

/**
 * The actions on repositories, and the level that each needs. Creating a repository needs `write` to its owner's
 * namespace.
 */
export const ACTION_LEVELS = {
  look: 'read',
  fetch: 'read',
  push: 'write',
  create: 'write',
  choose_default_branch: 'admin',
  prune: 'admin',
  remove: 'admin',
} as const satisfies Record<string, AccessLevel>;
export type RepoAction = keyof typeof ACTION_LEVELS;

/** A caller's level for an owner's repositories. */
export function accessOf(caller: RepoCaller, owner: RepoOwner): AccessLevel {
  return ACCESS[ownerKind(owner)][relationTo(caller, owner)] ?? 'none';
}

/** Whether a level is enough for an action. */
export function suffices(level: AccessLevel, action: RepoAction): boolean {
  return ACCESS_LEVELS.indexOf(level) >= ACCESS_LEVELS.indexOf(ACTION_LEVELS[action]);
}

export function ownerKind(owner: RepoOwner): OwnerKind {
  const word: string = owner;
  return OWNER_KINDS.find((kind) => kind === word) ?? 'agent';
}

function relationTo(caller: RepoCaller, owner: RepoOwner): Relation {
  if (caller.kind === 'operator') return 'operator';
  if (caller.name === owner) return 'owner';
  return caller.isManager ? 'manager' : 'agent';
}

import {
  ACCESS,
  type AccessLevel,
  accessOf,
  ownerKind,
  RELATIONS,
  type RepoAction,
  type RepoCaller,
  suffices,
} from '../../protocol/access/repo-access.ts';
import { OPERATOR, type RepoName, type RepoOwner } from '../../protocol/names.ts';

/** `hidden`: the caller may not even learn whether it exists, and gets the answer for a missing repository. */
export type Verdict =
  | { readonly kind: 'allowed' }
  | { readonly kind: 'hidden' }
  | { readonly kind: 'refused'; readonly reason: string };

interface RepoPath {
  readonly owner: RepoOwner;
  readonly name: RepoName;
}

/** Decides every action on a repository by the table of rights (protocol/access/repo-access.ts). Denies by default. */
export function authorize(caller: RepoCaller, action: RepoAction, repo: RepoPath): Verdict {
  const level = accessOf(caller, repo.owner);
  if (suffices(level, action)) return { kind: 'allowed' };
  if (level === 'none' || caller.kind === 'operator') return { kind: 'hidden' };
  return { kind: 'refused', reason: explainRefusal({ name: caller.name, level }, action, repo) };
}

/** The name of a caller in facts. */
export function nameOf(caller: RepoCaller): string {
  return caller.kind === 'operator' ? OPERATOR : caller.name;
}

const DONE_AT: Record<Exclude<AccessLevel, 'none'>, string> = { read: 'read', write: 'push to', admin: 'administer' };

const VERBS: Record<RepoAction, string> = {
  look: 'read it',
  fetch: 'read it',
  push: 'push to it',
  create: 'create it',
  choose_default_branch: 'choose its default branch',
  prune: 'prune it',
  remove: 'remove it',
};

/** The refusal for an agent: its own rights, who has more, and the alternative. */
function explainRefusal(
  asker: { name: string; level: Exclude<AccessLevel, 'none'> },
  action: RepoAction,
  { owner, name }: RepoPath,
): string {
  const may = whoMay(owner, action);
  const instead = action === 'push' || action === 'create' ? `Push to ${asker.name}/${name} and send` : 'Send';
  return (
    `${asker.name} may ${DONE_AT[asker.level]} ${owner}/${name} but not ${VERBS[action]}: ` +
    `only ${may.join(' and ')} may. ${instead} a message about it to ${may[0]}.`
  );
}

/** Who may take an action on an owner's repositories, in words, nearest first. */
function whoMay(owner: RepoOwner, action: RepoAction): string[] {
  const names = { owner: owner as string, manager: 'the manager', agent: 'every agent', operator: 'the operator' };
  const rights = ACCESS[ownerKind(owner)];
  return RELATIONS.filter((relation) => suffices(rights[relation] ?? 'none', action)).map(
    (relation) => names[relation],
  );
}

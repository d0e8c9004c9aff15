import type { AgentName, RepoName, RepoOwner } from '../protocol/names.ts';

/** Who asks, known from the socket the request came in by. */
export type Caller =
  | { readonly kind: 'operator' }
  | { readonly kind: 'agent'; readonly name: AgentName; readonly isManager: boolean };

/** Making a repository is writing to its owner's namespace. */
export type Action = 'read' | 'write';

/** `hidden`: the caller may not even know whether it exists, and is told what a missing one is told. */
export type Verdict =
  | { readonly kind: 'allowed' }
  | { readonly kind: 'hidden' }
  | { readonly kind: 'refused'; readonly reason: string };

/**
 * The forge's one table of rights. Denies by default.
 *
 * | owner        | its agent  | manager    | other agents | operator   |
 * |--------------|------------|------------|--------------|------------|
 * | an agent     | read write | read       | -            | read write |
 * | `shared`     |            | read write | read         | read write |
 * | `hive`       |            | read       | -            | read write |
 * | `operator`   |            | read       | -            | read write |
 */
export function authorize(caller: Caller, action: Action, repo: { owner: RepoOwner; name: RepoName }): Verdict {
  const { owner } = repo;
  if (caller.kind === 'operator' || owner === caller.name) return { kind: 'allowed' };
  if (!caller.isManager && owner !== 'shared') return { kind: 'hidden' };
  if (action === 'read' || (caller.isManager && owner === 'shared')) return { kind: 'allowed' };
  return { kind: 'refused', reason: explainRefusal(caller.name, repo) };
}

/** What the git client shows an agent: who may write there, and what to do instead. */
function explainRefusal(name: AgentName, repo: { owner: RepoOwner; name: RepoName }): string {
  const place = `${repo.owner}/${repo.name}`;
  const instead = `Push to ${name}/${repo.name} and send a message about it`;
  if (repo.owner === 'shared')
    return `${name} may read ${place} but not push to it: only the manager and the operator may. ${instead} to the manager.`;
  if (repo.owner === 'hive' || repo.owner === 'operator')
    return `${name} may read ${place} but not push to it: only the operator may. ${instead} to the operator.`;
  return `${name} may read ${place} but not push to it: only ${repo.owner} and the operator may. ${instead} to ${repo.owner}.`;
}

/** How a caller is named in facts. */
export function nameOf(caller: Caller): string {
  return caller.kind === 'operator' ? 'operator' : caller.name;
}

import { accessOf, type RepoCaller } from '../../protocol/access/repo-access.ts';
import { HiveError } from '../../protocol/errors.ts';
import type { RepoName, RepoOwner } from '../../protocol/names.ts';
import type { RemovedRepoView, RepoView } from '../../protocol/schemas/repo.ts';
import { nameOf } from '../access/authorize.ts';
import { createRepository } from '../repositories/create-repository.ts';
import type { ForgeCore } from '../repositories/forge-core.ts';
import { type Pruned, pruneRepository } from '../repositories/prune-repository.ts';
import { listRemoved } from '../repositories/removed.ts';
import { removeRepository } from '../repositories/remove-repository.ts';
import { setDefaultBranch } from '../repositories/set-default-branch.ts';
import { type RepositoryRow, viewRepositories } from '../store/repositories.ts';
import { assertNoSecret } from '../search/assert-no-secret.ts';
import { assertAllowed, assertOwner, judge, type RepoPath } from './open-repository.ts';

/** The repositories that the caller may read, ordered by owner and name. */
export function listRepositories(core: ForgeCore, caller: RepoCaller): RepoView[] {
  return viewRepositories(core.db)
    .filter((repo) => judge(core, { caller, action: 'look', ...repo }).kind === 'allowed')
    .map((repo) => withAccess(core, repo, caller));
}

/**
 * Creates an empty repository. Throws `forbidden`, `unknown_agent`, `duplicate_repo`, `forge_quota`, `contains_secret`,
 * and `service_unavailable` when the texts cannot be searched for secrets.
 */
export async function createForCaller(
  core: ForgeCore,
  caller: RepoCaller,
  wanted: RepoPath & { description: string; signal: AbortSignal },
): Promise<RepoView> {
  const { owner, name, description, signal } = wanted;
  assertAllowed(core, { caller, action: 'create', owner, name });
  assertOwner(core, wanted);
  await assertNoSecret(core, `${name}\n${description}`, signal);
  const { id } = await createRepository(core, { owner, name, description, by: nameOf(caller) });
  return viewOne(core, caller, id);
}

/** Sets the branch that a clone checks out. Throws `unknown_repo`, `not_found`, `service_unavailable`. */
export async function chooseDefaultBranch(
  core: ForgeCore,
  caller: RepoCaller,
  choice: RepoPath & { branch: string; signal: AbortSignal },
): Promise<RepoView> {
  const { owner, name, branch, signal } = choice;
  assertAllowed(core, { caller, action: 'choose_default_branch', owner, name });
  const id = await setDefaultBranch(core, { owner, name, branch, by: nameOf(caller) }, signal);
  return viewOne(core, caller, id);
}

/**
 * Removes a repository; resolves with the directory where it is kept, or null when `purge` deleted it. Throws as
 * removeRepository.
 */
export async function removeForCaller(
  core: ForgeCore,
  caller: RepoCaller,
  removal: RepoPath & { purge: string | undefined; signal: AbortSignal },
): Promise<string | null> {
  const { owner, name, purge, signal } = removal;
  assertAllowed(core, { caller, action: 'remove', owner, name });
  return removeRepository(core, { owner, name, purge, by: nameOf(caller) }, signal);
}

/** Deletes unreachable objects. Throws as pruneRepository. */
export async function pruneForCaller(
  core: ForgeCore,
  caller: RepoCaller,
  wanted: RepoPath & { signal: AbortSignal },
): Promise<Pruned> {
  const { owner, name, signal } = wanted;
  assertAllowed(core, { caller, action: 'prune', owner, name });
  return pruneRepository(core, { owner, name }, signal);
}

/** Removed repositories that are still kept and that the caller may remove, newest first. */
export async function listRemovedRepositories(core: ForgeCore, caller: RepoCaller): Promise<RemovedRepoView[]> {
  const removed = await listRemoved(core);
  return removed.filter((repo) => judge(core, { caller, action: 'remove', ...repo }).kind === 'allowed');
}

/** One repository as a list shows it. Throws `unknown_repo` when it is gone. */
export function viewOne(core: ForgeCore, caller: RepoCaller, id: number): RepoView {
  const [row] = viewRepositories(core.db, id);
  if (row === undefined) throw new HiveError('unknown_repo');
  return withAccess(core, row, caller);
}

function withAccess(core: ForgeCore, row: RepositoryRow, caller: RepoCaller): RepoView {
  const owner = core.owners.ownerOf(row.owner);
  const forkOf = row.forkOf !== null && maySee(core, caller, row.forkOf) ? row.forkOf : null;
  return { ...row, forkOf, ownerKind: owner.kind, access: accessOf(caller, owner) };
}

/** `fullName`: of a repository that is there. */
function maySee(core: ForgeCore, caller: RepoCaller, fullName: string): boolean {
  const [owner, name] = fullName.split('/') as [RepoOwner, RepoName];
  return judge(core, { caller, action: 'look', owner, name }).kind === 'allowed';
}

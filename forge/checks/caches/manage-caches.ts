import type { RepoCaller } from '../../../protocol/access/repo-access.ts';
import { HiveError } from '../../../protocol/errors.ts';
import type { CacheView } from '../../../protocol/schemas/check.ts';
import { nameOf } from '../../access/authorize.ts';
import { openRepository, type RepoPath } from '../../backend/open-repository.ts';
import type { ForgeCore } from '../../repositories/forge-core.ts';
import { cachesOfRepository, deleteCachesOf } from '../../store/check-caches.ts';

/** What checks of a repository saved for later ones. Throws `unknown_repo`. */
export async function listCaches(core: ForgeCore, caller: RepoCaller, path: RepoPath): Promise<CacheView[]> {
  const { owner, name } = path;
  const { id } = await openRepository(core, { caller, action: 'look', owner, name });
  return cachesOfRepository(core.db, id);
}

/** Deletes one of them, or all. Their files go within a minute. Throws `unknown_repo`, `not_found`. */
export async function removeCaches(
  core: ForgeCore,
  caller: RepoCaller,
  { owner, name, cache }: RepoPath & { readonly cache: number | null },
): Promise<number> {
  const { id } = await openRepository(core, { caller, action: 'prune', owner, name });
  const removed = deleteCachesOf(core.db, id, cache);
  if (removed === 0 && cache !== null)
    throw new HiveError('not_found', `${owner}/${name} has no cache ${cache}: "forge check cache ls" shows them.`);
  core.log.info({ repo: `${owner}/${name}`, by: nameOf(caller), removed }, 'caches of checks were deleted');
  return removed;
}

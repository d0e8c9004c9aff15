import { measureObjects } from '../git/look.ts';
import { repackArgv } from '../git/policy.ts';
import { getRepository, type Repository } from '../store/repositories.ts';
import type { ForgeCore } from './forge-core.ts';
import { maintainObjects } from './hold-repository.ts';

/** Joins a repository's packs when there are many: each push leaves one. Call it under the push lock. */
export async function repackIfMany(core: ForgeCore, repository: Repository, signal: AbortSignal): Promise<void> {
  if (getRepository(core.db, repository.id) === null) return;
  const path = core.places.repositoryDir(repository);
  const { packs } = await measureObjects(core.git, path);
  if (packs >= core.limits.repackFromPacks) await maintainObjects(core, { repository, argv: repackArgv(path), signal });
}

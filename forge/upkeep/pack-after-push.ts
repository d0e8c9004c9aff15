import { countPacks } from '../git/look.ts';
import type { ForgeCore } from '../repositories/forge-core.ts';
import { getRepository, type Repository } from '../store/repositories.ts';
import { maintainRepository } from './maintain-repository.ts';

/** Joins a repository's packs when there are many: each push leaves one. */
export async function packAfterPush(core: ForgeCore, { id }: Repository): Promise<void> {
  // One that waits already sees what this push left, too.
  const release = core.packLooks.tryTake(String(id));
  if (release === null) return;
  try {
    const repository = getRepository(core.db, id);
    if (repository === null || core.stopping.aborted) return;
    const packs = await countPacks(core.places.repositoryDir(repository));
    if (packs >= core.limits.repackFromPacks)
      await maintainRepository(core, id, { asked: false, signal: core.stopping });
  } finally {
    release();
  }
}

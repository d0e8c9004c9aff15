import { existsSync, renameSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { HiveError } from '../../protocol/errors.ts';
import type { ForgeCore } from '../repositories/forge-core.ts';
import { syncNames } from '../repositories/sync-names.ts';
import { removedName } from '../repositories/removed.ts';
import { openPushes } from '../store/pushes.ts';
import { getRepository, type Repository } from '../store/repositories.ts';
import { allRestores, deleteRestore, putRestore, type Restore } from '../store/restores.ts';

/**
 * Puts a finished directory in place of a repository's, whose own is moved to the removed ones, and returns where that
 * is. The row and all that refers to it stay. Written down first: a start after a kill finishes it. Call it under the
 * push lock, after earlier pushes. Throws `unknown_repo`, and `service_unavailable` when another forge began a push.
 */
export function replaceDirectory(core: ForgeCore, repository: Repository, aside: string): string {
  const { db, places } = core;
  const { owner, name, id } = repository;
  const kept = removedName({ owner, name, at: core.clock() });
  const restore = { repositoryId: id, aside: basename(aside), kept };
  const write = db.transaction(() => {
    if (getRepository(db, id) === null) throw new HiveError('unknown_repo');
    putRestore(db, restore);
  });
  write.immediate();
  // The database's write lock keeps another forge from beginning a push meanwhile.
  const move = db.transaction(() => {
    if (openPushes(db, id).length > 0) throw new HiveError('service_unavailable', 'A push is under way. Try again.');
    finish(core, repository, restore);
    deleteRestore(db, id);
  });
  try {
    move.immediate();
  } catch (error) {
    const place = places.repositoryDir(repository);
    const old = join(places.removed, kept);
    if (existsSync(aside) && !existsSync(place) && existsSync(old)) renameSync(old, place);
    if (existsSync(aside)) deleteRestore(db, id);
    throw error;
  }
  return join(places.removed, kept);
}

/** What a killed forge had begun, before anything looks at directories. */
export function finishRestores(core: ForgeCore): void {
  for (const restore of allRestores(core.db)) {
    const repository = getRepository(core.db, restore.repositoryId);
    if (repository !== null) finish(core, repository, restore);
    deleteRestore(core.db, restore.repositoryId);
  }
}

/** Each rename only if it has not been done. */
function finish({ places }: ForgeCore, repository: Repository, restore: Restore): void {
  const place = places.repositoryDir(repository);
  const aside = join(places.incoming, restore.aside);
  const kept = join(places.removed, restore.kept);
  if (!existsSync(aside)) return;
  if (existsSync(place) && !existsSync(kept)) renameSync(place, kept);
  if (!existsSync(place)) renameSync(aside, place);
  for (const directory of [places.removed, dirname(place), places.incoming]) syncNames(directory);
}

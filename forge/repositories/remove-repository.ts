import { renameSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { HiveError } from '../../protocol/errors.ts';
import type { RepoName, RepoOwner } from '../../protocol/names.ts';
import { openPushes } from '../store/pushes.ts';
import { deleteRepository, findRepository, getRepository, type Repository } from '../store/repositories.ts';
import type { ForgeCore } from './forge-core.ts';
import { asideIn } from './create-repository.ts';
import { isRepositoryThere } from './places.ts';
import { removedName } from './removed.ts';
import { syncNames } from './sync-names.ts';
import { waitForAllPushes } from './hold-repository.ts';

export interface Removal {
  readonly owner: RepoOwner;
  readonly name: RepoName;
  readonly by: string;
  /** `OWNER/NAME` once more: delete for good. */
  readonly purge: string | undefined;
}

/**
 * Removes a repository and returns the directory where it is kept (for `keepRemovedMs`), or null when it is purged.
 * Waits for the running push; later ones find no repository. Row, refs and directory go in one step; a crash in it
 * leaves a row without a directory, which the next start records as removed by `system`. Throws `unknown_repo`,
 * `name_mismatch`, `service_unavailable` (the forge is restarting).
 */
export async function removeRepository(core: ForgeCore, removal: Removal, signal: AbortSignal): Promise<string | null> {
  const { owner, name, purge } = removal;
  const found = findRepository(core.db, owner, name);
  if (found === null || !(await isRepositoryThere(core.places, found))) throw new HiveError('unknown_repo');
  if (purge !== undefined && purge !== `${owner}/${name}`) throw new HiveError('name_mismatch');
  const release = await core.pushLocks.takeAlone(String(found.id), signal);
  try {
    const kept = purge === undefined ? join(core.places.removed, removedName({ owner, name, at: core.clock() })) : null;
    // A purged repository is moved to where the next start deletes any rest of it.
    const aside = kept ?? asideIn(core);
    do await waitForAllPushes(core, found.id, signal);
    while (!takeAway(core, found, { aside, kept, by: removal.by }));
    core.outbox.announce();
    if (kept === null) await rm(aside, { recursive: true, force: true, maxRetries: 5 });
    return kept;
  } finally {
    release();
  }
}

/**
 * Moves the directory and deletes the row while the database's write lock keeps another forge from beginning a push.
 * False when a push is open after all.
 */
function takeAway(
  core: ForgeCore,
  repository: Repository,
  to: { aside: string; kept: string | null; by: string },
): boolean {
  const { db, places, outbox } = core;
  const { id, owner, name } = repository;
  const from = places.repositoryDir(repository);
  let moved = false;
  const take = db.transaction(() => {
    if (getRepository(db, id) === null) throw new HiveError('unknown_repo');
    if (openPushes(db, id).length > 0) return false;
    deleteRepository(db, id);
    const repo = `${owner}/${name}`;
    outbox.add({ at: core.clock(), kind: 'forge.repo_removed', by: to.by, repo, data: { kept: to.kept } });
    renameSync(from, to.aside);
    moved = true;
    // A power cut must not bring it back: the next start would adopt it.
    syncNames(dirname(from));
    syncNames(dirname(to.aside));
    return true;
  });
  try {
    return take.immediate();
  } catch (error) {
    if (moved) renameSync(to.aside, from);
    throw error;
  }
}

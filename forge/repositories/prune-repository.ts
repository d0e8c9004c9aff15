import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { HiveError } from '../../protocol/errors.ts';
import type { RepoName, RepoOwner } from '../../protocol/names.ts';
import { measureObjects, readRefs } from '../git/look.ts';
import { pruneArgv } from '../git/policy.ts';
import { dropCommitGraph, keepOnly } from '../git/upkeep.ts';
import { findRepository, getRepository, storeSummary } from '../store/repositories.ts';
import { dropEndedHeads } from '../pulls/keep-heads.ts';
import { dropLaneCommits } from '../queue/lane-refs.ts';
import { openPulls } from '../store/pulls.ts';
import { laneIds } from '../store/queue-entries.ts';
import type { ForgeCore } from './forge-core.ts';
import { maintainObjects, waitForAllPushes } from './hold-repository.ts';
import { isRepositoryThere } from './places.ts';
import { summarizeBranch } from './record-refs.ts';

export interface Pruned {
  readonly objects: number;
  readonly bytes: number;
}

/**
 * Deletes all unreachable objects from a repository's disk, and returns their number and the freed bytes. Waits for
 * the running push; later ones wait for it. Throws `unknown_repo`, `service_unavailable` (the forge is restarting),
 * `internal` when git finds the repository broken.
 */
export async function pruneRepository(
  core: ForgeCore,
  { owner, name }: { owner: RepoOwner; name: RepoName },
  signal: AbortSignal,
): Promise<Pruned> {
  const repository = findRepository(core.db, owner, name);
  if (repository === null || !(await isRepositoryThere(core.places, repository))) throw new HiveError('unknown_repo');
  const path = core.places.repositoryDir(repository);
  const release = await core.pushLocks.takeAlone(String(repository.id), signal);
  try {
    await waitForAllPushes(core, repository.id, signal);
    if (getRepository(core.db, repository.id) === null) throw new HiveError('unknown_repo');
    let before = { objects: 0, bytes: 0 };
    await maintainObjects(core, {
      repository,
      signal,
      argv: pruneArgv(path),
      async prepare() {
        before = await measureObjects(core.git, path);
        await removeKeeps(path);
        const open = openPulls(core.db, repository.id).map(({ number }) => number);
        await dropEndedHeads(core.git, path, new Set(open));
        await dropLaneCommits(core.git, path, new Set(laneIds(core.db, repository.id)));
        await keepOnly(core.git, path, []);
        await dropCommitGraph(path);
      },
      finish: () => refreshSummary(core, repository.id),
    });
    const after = await measureObjects(core.git, path);
    const pruned = {
      objects: Math.max(0, before.objects - after.objects),
      bytes: Math.max(0, before.bytes - after.bytes),
    };
    core.log.info({ repo: `${owner}/${name}`, ...pruned }, 'objects that no ref leads to were removed');
    return pruned;
  } finally {
    release();
  }
}

/** A push that was killed at the wrong moment leaves its pack marked to keep, and git would not touch it. */
async function removeKeeps(path: string): Promise<void> {
  const packs = join(path, 'objects', 'pack');
  for (const name of await readdir(packs)) if (name.endsWith('.keep')) await rm(join(packs, name), { force: true });
}

/** Updates the owner's use at once. */
async function refreshSummary(core: ForgeCore, id: number): Promise<void> {
  const repository = getRepository(core.db, id);
  if (repository === null) return;
  const path = core.places.repositoryDir(repository);
  const refs = await readRefs(core.git, path);
  const look = await summarizeBranch(core, path, { refs, defaultBranch: repository.defaultBranch });
  storeSummary(core.db, id, { ...look, pushedAt: null });
}

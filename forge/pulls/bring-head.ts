import { HiveError } from '../../protocol/errors.ts';
import { bringRefs } from '../git/bundle.ts';
import { measureBeyond } from '../git/fsck.ts';
import { measureObjects, readRefs } from '../git/look.ts';
import { KEPT } from '../git/upkeep.ts';
import type { ForgeCore } from '../repositories/forge-core.ts';
import { measureOwner, type Repository } from '../store/repositories.ts';
import { storeObjects } from '../store/upkeep.ts';

const LONGEST_MS = 60_000;

export interface HeadWork {
  readonly repository: Repository;
  /** Where the commit is. */
  readonly fork: Repository;
  readonly oid: string;
  readonly signal: AbortSignal;
}

/**
 * Copies a commit of a fork, with what it leads to, into the repository that it is proposed to, where a hidden ref keeps
 * it; no object is shared. Every object is checked, as of a push. Call it under the lock of the repository's branches.
 * Throws `forge_quota` when the owner may not have as much, or it is more than one push may bring; `forbidden` with git's
 * reason; `service_unavailable`.
 */
export async function bringHead(core: ForgeCore, { repository, fork, oid, signal }: HeadWork): Promise<void> {
  const { db, git, places, limits } = core;
  const path = places.repositoryDir(repository);
  const from = places.repositoryDir(fork);
  const known = [...new Set((await readRefs(git, path)).values())];
  const { bytes, objects } = await measureBeyond(git, from, { oid, known });
  const use = measureOwner(db, repository.owner);
  if (bytes > limits.maxPackBytes)
    throw new HiveError('forge_quota', `These commits have ${bytes} bytes; one push may bring ${limits.maxPackBytes}.`);
  if (use.bytes + bytes > limits.maxOwnerBytes || use.objects + objects > limits.maxOwnerObjects)
    throw new HiveError(
      'forge_quota',
      `${repository.owner}'s repositories take ${use.bytes} bytes; with these commits that is more than it may have.`,
    );
  const refused = await bringRefs(git, path, { from, refs: [`+${oid}:${KEPT}${oid}`], limitMs: LONGEST_MS, signal });
  if (refused !== null) throw new HiveError('forbidden', `git refuses these commits: ${refused.slice(0, 300)}`);
  storeObjects(db, repository.id, await measureObjects(git, path));
}

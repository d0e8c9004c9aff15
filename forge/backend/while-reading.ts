import type { RepoCaller } from '../../protocol/access/repo-access.ts';
import { HiveError } from '../../protocol/errors.ts';
import { nameOf } from '../access/authorize.ts';
import { readRefs } from '../git/look.ts';
import type { ForgeCore } from '../repositories/forge-core.ts';
import type { Repository } from '../store/repositories.ts';
import { openRepository, type RepoPath } from './open-repository.ts';

/** A repository that somebody wants to read; `signal` fires when nobody waits for the answer any more. */
export type Wanted = RepoPath & { readonly signal: AbortSignal };

/** A repository while somebody reads it. */
export interface OpenedRepository {
  readonly repository: Repository;
  /** Its git directory. */
  readonly path: string;
  /** Its refs when the turn came. */
  readonly refs: ReadonlyMap<string, string>;
}

/**
 * Reads a repository in its caller's turn. Throws `unknown_repo` for one that the caller may not see,
 * `service_unavailable` when too many reads are queued, `interrupted` when the caller has left.
 */
export async function whileReading<T>(
  core: ForgeCore,
  { caller, wanted }: { caller: RepoCaller; wanted: Wanted },
  work: (opened: OpenedRepository) => Promise<T>,
): Promise<T> {
  const { owner, name, signal } = wanted;
  const repository = await openRepository(core, { caller, action: 'look', owner, name });
  const release = await takeReadTurn(core, nameOf(caller), signal);
  try {
    const path = core.places.repositoryDir(repository);
    return await work({ repository, path, refs: await readRefs(core.git, path) });
  } finally {
    release();
  }
}

/** git reads for a few callers concurrently, and for each of them sequentially. */
export async function takeReadTurn(core: ForgeCore, caller: string, signal: AbortSignal): Promise<() => void> {
  const tooLong = AbortSignal.timeout(core.limits.maxReadWaitMs);
  try {
    return await core.readSlots.take(caller, AbortSignal.any([signal, core.stopping, tooLong]));
  } catch (cause) {
    // Nobody is there to read an answer, and nothing is wrong.
    if (signal.aborted) throw new HiveError('interrupted', undefined, { cause });
    throw new HiveError('service_unavailable', 'The forge has too much to read for others right now. Try again.', {
      cause,
    });
  }
}

import { HiveError } from '../../protocol/errors.ts';
import type { ForgeCore } from '../repositories/forge-core.ts';
import { waitForEarlierPushes } from '../repositories/hold-repository.ts';
import { getRepository, type Repository } from '../store/repositories.ts';

/**
 * Runs work while no branch of the repository moves and every earlier move is recorded. Throws `unknown_repo`, and
 * `service_unavailable` when its turn does not come.
 */
export async function holdBranches<T>(
  core: ForgeCore,
  wanted: { repository: Repository; signal: AbortSignal },
  work: (repository: Repository) => Promise<T>,
): Promise<T> {
  const { id } = wanted.repository;
  const tooLong = AbortSignal.timeout(core.limits.maxReadWaitMs);
  const signal = AbortSignal.any([wanted.signal, core.stopping, tooLong]);
  const busy = new HiveError('service_unavailable', 'Pushes to this repository are under way. Try again.');
  const release = await core.pushLocks.take(String(id), signal).catch((cause: unknown) => {
    // Nobody is there to read an answer, and nothing is wrong.
    if (wanted.signal.aborted) throw new HiveError('interrupted', undefined, { cause });
    throw Object.assign(busy, { cause });
  });
  try {
    await waitForEarlierPushes(core, id, signal).catch((error: unknown) => {
      if (error instanceof HiveError) throw error;
      throw busy;
    });
    const repository = getRepository(core.db, id);
    if (repository === null) throw new HiveError('unknown_repo');
    return await work(repository);
  } finally {
    release();
  }
}

import type { RepoCaller } from '../../protocol/access/repo-access.ts';
import { HiveError } from '../../protocol/errors.ts';
import type { RepoDescription } from '../../protocol/schemas/repo.ts';
import { nameOf } from '../access/authorize.ts';
import { assertBranch, listBranches, listCommits, readRefs } from '../git/look.ts';
import type { ForgeCore } from '../repositories/forge-core.ts';
import { viewOne } from './manage.ts';
import { openRepository, type RepoPath } from './open-repository.ts';

const MOST_BRANCHES = 30;
const MOST_COMMITS = 10;

/**
 * A repository's branches and the last commits of one of them. Throws `unknown_repo`, `not_found` for a missing
 * branch, `service_unavailable` when too many reads are queued.
 */
export async function describeRepository(
  core: ForgeCore,
  caller: RepoCaller,
  wanted: RepoPath & { branch: string | undefined; signal: AbortSignal },
): Promise<RepoDescription> {
  const { owner, name, signal } = wanted;
  const repository = await openRepository(core, { caller, action: 'look', owner, name });
  const path = core.places.repositoryDir(repository);
  const branch = wanted.branch ?? repository.defaultBranch;
  const release = await takeReadTurn(core, nameOf(caller), signal);
  try {
    const refs = await readRefs(core.git, path);
    if (wanted.branch !== undefined) assertBranch(refs, branch);
    const isThere = refs.has(`refs/heads/${branch}`);
    return {
      repo: viewOne(core, caller, repository.id),
      branches: await listBranches(core.git, path, MOST_BRANCHES),
      branch,
      commits: isThere ? await listCommits(core.git, path, { branch, limit: MOST_COMMITS }) : [],
    };
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

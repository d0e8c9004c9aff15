import type { RepoCaller } from '../../protocol/access/repo-access.ts';
import { HiveError } from '../../protocol/errors.ts';
import type { PullView, UpdateMethod } from '../../protocol/schemas/pull.ts';
import { nameOf } from '../access/authorize.ts';
import { assertAllowed, openRepository, type RepoPath } from '../backend/open-repository.ts';
import { assertBranch, readRefs } from '../git/look.ts';
import { contains, makeMergeCommit } from '../git/merge.ts';
import type { ForgeCore } from '../repositories/forge-core.ts';
import { type Pull, viewPull } from '../store/pulls.ts';
import type { Repository } from '../store/repositories.ts';
import { sayConflict } from './decide-merge.ts';
import { holdBranches } from './hold-branches.ts';
import { assertMayMove, moveBranch } from './move-branch.ts';
import { nameOfPull } from './notify.ts';
import { assertOwnHead } from './open-fork.ts';
import { getPull, presentCaller } from './pull-repository.ts';

export interface UpdateWish extends RepoPath {
  readonly number: number;
  readonly method: UpdateMethod;
  /** The head's commit that is meant; undefined: the newest one. */
  readonly commit: string | undefined;
  readonly signal: AbortSignal;
}

/**
 * Brings the commits of the base into the head: by a merge, or by repeating the head's commits on the base. It is a
 * push of whoever asks: it needs the same rights, ends approvals and makes them one who pushed. Throws `unknown_repo`,
 * `unknown_pull`, `forbidden`, `not_found` for a missing branch, `pull_ended`, `pull_moved`, `nothing_to_merge`,
 * `not_mergeable` with the conflicts, `forge_quota`, `service_unavailable`.
 */
export async function updatePull(core: ForgeCore, asker: RepoCaller, wish: UpdateWish): Promise<PullView> {
  const { owner, name, number, method, signal } = wish;
  const asked = await openRepository(core, { caller: asker, action: 'push', owner, name });
  return holdBranches(core, { repository: asked, signal }, async (repository) => {
    // An agent may have lost its rights while it waited.
    const caller = presentCaller(core, asker);
    assertAllowed(core, { caller, action: 'push', owner, name });
    const pull = getPull(core, repository, number);
    assertUpdatable(repository, pull, wish);
    const path = core.places.repositoryDir(repository);
    const refs = await readRefs(core.git, path);
    assertOwnHead(pull);
    for (const branch of [pull.head, pull.base]) assertBranch(refs, branch);
    const base = refs.get(`refs/heads/${pull.base}`)!;
    if (await contains(core.git, path, { commit: base, tip: pull.headOid }))
      throw new HiveError('nothing_to_merge', `${pull.head} has every commit of ${pull.base} already.`);
    assertMayMove(core, repository, { caller, branch: pull.head, isNew: false, isForced: method === 'rebase' });
    const by = nameOf(caller);
    const commit = await makeCommit(core, { repository, pull, base, by, method });
    await moveBranch(core, { repository, by, branch: pull.head, from: pull.headOid, to: commit });
    const updated = getPull(core, repository, number);
    if (updated.headOid !== commit)
      throw new HiveError('not_mergeable', `${pull.head} moved meanwhile. Look at the pull request, then try again.`);
    return viewPull(core.db, updated, repository);
  });
}

function assertUpdatable(repository: Repository, pull: Pull, { commit }: UpdateWish): void {
  const title = nameOfPull(repository, pull);
  if (pull.state !== 'open')
    throw new HiveError('pull_ended', `${title} is ${pull.state}: there is nothing to update.`);
  if (commit !== undefined && commit !== pull.headOid)
    throw new HiveError('pull_moved', `The newest commit of ${title} is ${pull.headOid}. Read what changed first.`);
}

/** The commit that the head is to become. */
async function makeCommit(
  core: ForgeCore,
  work: { repository: Repository; pull: Pull; base: string; by: string; method: UpdateMethod },
): Promise<string> {
  const { repository, pull, base, by, method } = work;
  const signature = { name: by, at: core.clock() };
  // A merge is of the base into the head, a rebase of the head onto the base.
  const sides = method === 'rebase' ? { base, head: pull.headOid } : { base: pull.headOid, head: base };
  const made = await makeMergeCommit(core.git, {
    path: core.places.repositoryDir(repository),
    ...sides,
    method,
    message: `Merge branch '${pull.base}' into ${pull.head}\n`,
    author: signature,
    committer: signature,
  });
  if ('commit' in made) return made.commit;
  const reason = made.conflicts.length > 0 ? sayConflict(pull, made.conflicts) : made.refusal;
  throw new HiveError('not_mergeable', `${nameOfPull(repository, pull)} cannot be updated: ${reason}.`, {
    details: { reasons: [reason], conflicts: made.conflicts.slice(0, 50) },
  });
}

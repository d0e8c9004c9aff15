import { accessOf, type RepoCaller } from '../../protocol/access/repo-access.ts';
import { HiveError } from '../../protocol/errors.ts';
import { moveRefArgv, NO_COMMIT } from '../git/policy.ts';
import type { ForgeCore } from '../repositories/forge-core.ts';
import { beginHolding } from '../repositories/hold-repository.ts';
import { recordRefs } from '../repositories/record-refs.ts';
import type { Repository } from '../store/repositories.ts';
import { refuseMove } from './policy/protect.ts';
import { ruleFor } from './pull-repository.ts';

/** A branch that the forge moves from one commit to another; null: it is not there before, or not afterwards. */
export interface BranchMove {
  readonly repository: Repository;
  /** Who asked for it: the move is theirs, as a push would be. */
  readonly by: string;
  readonly branch: string;
  readonly from: string | null;
  readonly to: string | null;
  /** Writes beside the row of the move, in a transaction before git begins; false: nothing is to be moved any more. */
  readonly begin?: () => boolean;
}

/**
 * Moves a branch, if it still is at `from`: the row of a push is written before git begins, git compares and swaps, and
 * what happened is recorded. Killed at any moment, it moved or it did not, and the next start records which. Call it
 * under the lock of the repository's branches. Resolves with whether it moved. Throws `unknown_repo`.
 */
export async function moveBranch(core: ForgeCore, move: BranchMove): Promise<boolean> {
  const { repository, by, branch, from, to, begin } = move;
  const ref = `refs/heads/${branch}`;
  const argv = moveRefArgv(core.places.repositoryDir(repository), {
    ref,
    from: from ?? NO_COMMIT,
    to: to ?? NO_COMMIT,
  });
  const holding = { repository, by, commands: [{ ref, new: to }], gone: core.stopping };
  const { git, id } = await beginHolding(core, holding, () => core.git.startHeld(argv));
  try {
    if (begin !== undefined && !core.db.transaction(begin).immediate()) return false;
    git.stdin.end('\n');
    git.stdout.resume();
    const { code, stderr } = await git.ended;
    if (code !== 0) core.log.warn({ repo: repository.name, branch, stderr }, 'a branch did not move');
    return code === 0;
  } finally {
    git.kill();
    await git.ended;
    await recordRefs(core, repository.id, { id, isLost: () => false });
  }
}

/** Throws `forbidden` with the reason when the rules keep the caller from pushing such a move of a branch. */
export function assertMayMove(
  core: Pick<ForgeCore, 'db' | 'owners'>,
  repository: Repository,
  move: { caller: RepoCaller; branch: string; isNew: boolean; isForced: boolean },
): void {
  const { caller, branch, isNew, isForced } = move;
  const level = accessOf(caller, core.owners.ownerOf(repository.owner));
  const push = { kind: 'push' as const, level, isNew, isForced, isFirst: false, isDeleted: false };
  const reasons = refuseMove(branch, push, ruleFor(core, repository, branch));
  if (reasons.length > 0) throw new HiveError('forbidden', `${reasons.join('; ')}.`);
}

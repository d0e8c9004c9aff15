import type { RepoCaller } from '../../protocol/access/repo-access.ts';
import { HiveError } from '../../protocol/errors.ts';
import type { MergeMethod } from '../../protocol/schemas/merge-method.ts';
import type { PullView } from '../../protocol/schemas/pull.ts';
import { nameOf } from '../access/authorize.ts';
import { assertAllowed, openRepository, type RepoPath } from '../backend/open-repository.ts';
import type { PullChecks } from '../../protocol/schemas/check.ts';
import { requireChecks } from '../checks/check-pulls.ts';
import { treeOf } from '../git/checks.ts';
import { readRefs } from '../git/look.ts';
import { makeMergeCommit, type MergeCommit } from '../git/merge.ts';
import type { ForgeCore } from '../repositories/forge-core.ts';
import { type Pull, setMerging, viewPull } from '../store/pulls.ts';
import type { Repository } from '../store/repositories.ts';
import { askOwners } from './ask-owners.ts';
import { refuseState, sayConflict } from './decide-merge.ts';
import { holdBranches } from './hold-branches.ts';
import { moveBranch } from './move-branch.ts';
import { nameOfPull } from './notify.ts';
import { refuseMove } from './policy/protect.ts';
import { getPull, presentCaller, requiredStatuses, reviewsOf, ruleFor } from './pull-repository.ts';

export interface MergeWish extends RepoPath {
  readonly number: number;
  readonly method: MergeMethod;
  /** The commit that is meant; undefined: the newest one. */
  readonly commit: string | undefined;
  readonly signal: AbortSignal;
}

/**
 * Merges a pull request: decides under the lock of the repository's branches, makes the commit, writes down what it is
 * going to do, and moves the base only if it still is where it was. Killed at any moment, it is merged or not, and the
 * next start records which. Throws `unknown_repo`, `unknown_pull`, `forbidden`, `pull_ended`, `pull_moved`,
 * `not_mergeable` with every reason, `service_unavailable`.
 */
export async function mergePull(core: ForgeCore, asker: RepoCaller, wish: MergeWish): Promise<PullView> {
  const { owner, name, number, signal } = wish;
  const asked = await openRepository(core, { caller: asker, action: 'merge', owner, name });
  return holdBranches(core, { repository: asked, signal }, async (repository) => {
    // An agent may have lost its rights while it waited.
    const caller = presentCaller(core, asker);
    assertAllowed(core, { caller, action: 'merge', owner, name });
    const pull = getPull(core, repository, number);
    assertMeant(repository, pull, wish);
    const path = core.places.repositoryDir(repository);
    const base = (await readRefs(core.git, path)).get(`refs/heads/${pull.base}`);
    if (base === undefined)
      throw new HiveError('not_mergeable', `Its base ${pull.base} is gone. Choose another base first.`);
    const asks = !pull.draft && ruleFor(core, repository, pull.base) !== null;
    const checked = await requireChecks(core, repository, { pull, base, asks });
    assertMergeable(core, { repository, pull, checks: checked.checks });
    const by = nameOf(caller);
    const commit = await makeCommit(core, { path, base, pull, by, method: wish.method });
    await assertChecked(core, { repository, pull, path, commit, tree: checked.tree });
    const asked = {
      rule: ruleFor(core, repository, pull.base),
      approvedBy: reviewsOf(core, repository, pull).approvedBy,
    };
    refuse(nameOfPull(repository, pull), await askOwners(core, { path, from: base, to: commit }, asked));
    const begin = () => {
      // A review may have come while the commit was made.
      const present = getPull(core, repository, number);
      assertMergeable(core, { repository, pull: present, checks: checked.checks });
      setMerging(core.db, pull.id, commit);
      return true;
    };
    await moveBranch(core, { repository, by, branch: pull.base, from: base, to: commit, begin });
    const merged = getPull(core, repository, number);
    if (merged.state !== 'merged')
      throw new HiveError('not_mergeable', `${pull.base} moved meanwhile. Look at the pull request, then try again.`);
    return viewPull(core.db, merged, repository);
  });
}

function assertMeant(repository: Repository, pull: Pull, wish: MergeWish): void {
  const title = nameOfPull(repository, pull);
  if (pull.state !== 'open') throw new HiveError('pull_ended', `${title} is ${pull.state} already.`);
  if (wish.commit !== undefined && wish.commit !== pull.headOid)
    throw new HiveError('pull_moved', `The newest commit of ${title} is ${pull.headOid}. Read what changed first.`);
}

function assertMergeable(
  core: ForgeCore,
  { repository, pull, checks }: { repository: Repository; pull: Pull; checks: PullChecks },
): void {
  const reviews = reviewsOf(core, repository, pull);
  const rule = ruleFor(core, repository, pull.base);
  const statuses = requiredStatuses(core, repository, pull);
  const move = { kind: 'merge' as const, via: 'direct' as const, reviews, checks, statuses };
  refuse(nameOfPull(repository, pull), [...refuseState(pull), ...refuseMove(pull.base, move, rule)]);
}

/** A rebase may make other files than the merge result that was checked. `tree` null: nothing was. */
async function assertChecked(
  core: ForgeCore,
  made: { repository: Repository; pull: Pull; path: string; commit: string; tree: string | null },
): Promise<void> {
  const { repository, pull, path, commit, tree } = made;
  if (tree === null || ruleFor(core, repository, pull.base) === null) return;
  if ((await treeOf(core.git, path, commit)) === tree) return;
  refuse(nameOfPull(repository, pull), [
    'this method makes other files than those that were checked: use merge or squash',
  ]);
}

function refuse(title: string, reasons: readonly string[]): void {
  if (reasons.length > 0)
    throw new HiveError('not_mergeable', `${title} cannot be merged: ${reasons.join('; ')}.`, { details: { reasons } });
}

interface CommitWork {
  readonly path: string;
  readonly base: string;
  readonly pull: Pull;
  readonly by: string;
  readonly method: MergeMethod;
}

/** The commit that merges a pull request into `base`, in the name of `by`; moves no ref. */
export function composePullCommit(core: ForgeCore, work: CommitWork): Promise<MergeCommit> {
  const { path, base, pull, by, method } = work;
  const at = core.clock();
  return makeMergeCommit(core.git, {
    path,
    base,
    head: pull.headOid,
    method,
    message: composeMessage(pull, method),
    author: { name: method === 'squash' ? pull.author : by, at },
    committer: { name: by, at },
  });
}

async function makeCommit(core: ForgeCore, work: CommitWork): Promise<string> {
  const { pull } = work;
  const made = await composePullCommit(core, work);
  if ('commit' in made) return made.commit;
  const reason = made.conflicts.length > 0 ? sayConflict(pull, made.conflicts) : made.refusal;
  throw new HiveError('not_mergeable', `#${pull.number} cannot be merged: ${reason}.`, {
    details: { reasons: [reason], conflicts: made.conflicts.slice(0, 50) },
  });
}

function composeMessage({ number, title, body, head }: Pull, method: MergeMethod): string {
  const first =
    method === 'squash' ? `${title} (#${number})` : `Merge pull request #${number} from ${head}\n\n${title}`;
  return body.trim() === '' ? `${first}\n` : `${first}\n\n${body.trim()}\n`;
}

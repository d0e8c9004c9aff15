import type { RepoCaller } from '../../protocol/access/repo-access.ts';
import { HiveError } from '../../protocol/errors.ts';
import type { PullView } from '../../protocol/schemas/pull.ts';
import { shorten } from '../../system/text/cut-text.ts';
import { nameOf } from '../access/authorize.ts';
import { assertAllowed, openRepository, type RepoPath } from '../backend/open-repository.ts';
import { findFork } from '../git/diff.ts';
import { assertBranch, readRefs } from '../git/look.ts';
import { commitTree, mergeTrees } from '../git/merge.ts';
import { findMergedRange, type MergedRange } from '../git/merged-range.ts';
import { decidePush } from '../repositories/decide-push.ts';
import type { ForgeCore } from '../repositories/forge-core.ts';
import { assertNoSecret } from '../search/assert-no-secret.ts';
import { countMergedAs, openPulls, type Pull } from '../store/pulls.ts';
import { measureOwner, type Repository } from '../store/repositories.ts';
import { holdBranches } from './hold-branches.ts';
import { assertMayMove, moveBranch } from './move-branch.ts';
import { nameOfPull } from './notify.ts';
import { openHeld } from './open-pull.ts';
import { getPull, presentCaller } from './pull-repository.ts';

export interface RevertWish extends RepoPath {
  readonly number: number;
  readonly signal: AbortSignal;
}

/** Characters of a title (protocol/schemas/pull.ts). */
const MOST_TITLE = 200;

/**
 * Opens a pull request that takes back what a merged one brought, on a branch that the forge makes; whoever asks is its
 * author and has pushed it. Throws `unknown_repo`, `unknown_pull`, `forbidden`, `not_found` when the base is gone,
 * `not_mergeable` for one that is not merged or cannot be told apart, and with the conflicts, `nothing_to_merge` when
 * it is taken back already, `duplicate_pull`, `forge_quota`, `contains_secret`, `service_unavailable`.
 */
export async function revertPull(core: ForgeCore, asker: RepoCaller, wish: RevertWish): Promise<PullView> {
  const { owner, name, number, signal } = wish;
  const asked = await openRepository(core, { caller: asker, action: 'push', owner, name });
  const found = getPull(core, asked, number);
  const title = shorten(`Revert "${found.title}"`, MOST_TITLE);
  const body = `Takes back #${number}, which was merged as ${found.mergeOid ?? ''}.`;
  await assertNoSecret(core, title, signal);
  return holdBranches(core, { repository: asked, signal }, async (repository) => {
    // An agent may have lost its rights while it waited.
    const caller = presentCaller(core, asker);
    assertAllowed(core, { caller, action: 'push', owner, name });
    const pull = getPull(core, repository, number);
    const refs = await readRefs(core.git, core.places.repositoryDir(repository));
    assertBranch(refs, pull.base);
    const tip = refs.get(`refs/heads/${pull.base}`)!;
    const branch = chooseBranch(core, { repository, pull, refs });
    assertMayMove(core, repository, { caller, branch, isNew: true, isForced: false });
    const range = await findRange(core, { repository, pull, tip });
    const by = nameOf(caller);
    const commit = await makeRevert(core, { repository, pull, range, tip, by, title });
    const move = { repository, by, branch };
    if (!(await moveBranch(core, { ...move, from: null, to: commit })))
      throw new HiveError('service_unavailable', `The branch ${branch} could not be made. Try again.`);
    const wanted = { owner, name, head: branch, base: pull.base, title, body, draft: false, reviewers: [], labels: [] };
    try {
      return await openHeld(core, repository, { ...wanted, fork: null, author: by });
    } catch (error) {
      await moveBranch(core, { ...move, from: commit, to: null });
      throw error;
    }
  });
}

/** What the pull request brought onto its base. */
async function findRange(
  core: ForgeCore,
  { repository, pull, tip }: { repository: Repository; pull: Pull; tip: string },
): Promise<MergedRange> {
  const path = core.places.repositoryDir(repository);
  const title = nameOfPull(repository, pull);
  const { mergeOid, endedBaseOid, headOid } = pull;
  if (mergeOid === null || endedBaseOid === null)
    throw new HiveError('not_mergeable', `${title} is ${pull.state}, not merged: there is nothing to take back.`);
  if ((await findFork(core.git, { path, base: mergeOid, head: tip })) !== mergeOid)
    throw new HiveError('not_mergeable', `${pull.base} does not have the merge of ${title} any more.`);
  const merged = { path, base: endedBaseOid, head: headOid, tip: mergeOid };
  const isAlone = countMergedAs(core.db, repository.id, mergeOid) === 1;
  const range = await findMergedRange(core.git, merged, isAlone);
  if (range === null)
    throw new HiveError(
      'not_mergeable',
      `What ${title} brought came together with other changes. Take it back by hand: git revert its commits on another branch, push that, and open a pull request.`,
    );
  return range;
}

/** The commit on the base's tip that takes the range back. */
async function makeRevert(
  core: ForgeCore,
  work: { repository: Repository; pull: Pull; range: MergedRange; tip: string; by: string; title: string },
): Promise<string> {
  const { repository, pull, range, tip, by, title } = work;
  const path = core.places.repositoryDir(repository);
  const treeOf = async (commit: string) =>
    (await core.git.run([`--git-dir=${path}`, 'rev-parse', `${commit}^{tree}`])).trim();
  const signature = { name: by, at: core.clock() };
  const signed = { path, author: signature, committer: signature };
  // A stand-in with the tree before and the commit after as its parent: the merge's base is the commit after.
  const before = { tree: await treeOf(range.before), parents: [range.after], message: 'revert\n' };
  const head = await commitTree(core.git, signed, before);
  const merged = await mergeTrees(core.git, { path, base: tip, head });
  if ('conflicts' in merged) throw sayConflict(repository, pull, { range, conflicts: merged.conflicts });
  if (merged.tree === (await treeOf(tip)))
    throw new HiveError('nothing_to_merge', `${pull.base} has nothing of ${nameOfPull(repository, pull)} any more.`);
  const message = `${title}\n\nThis takes back #${pull.number}, merged as ${pull.mergeOid}.\n`;
  return commitTree(core.git, signed, { tree: merged.tree, parents: [tip], message });
}

function sayConflict(
  repository: Repository,
  pull: Pull,
  { range, conflicts }: { range: MergedRange; conflicts: readonly string[] },
): HiveError {
  const shown = conflicts.slice(0, 5).map((file) => JSON.stringify(file));
  const more = conflicts.length > shown.length ? ` and ${conflicts.length - shown.length} more` : '';
  const reason = `later changes conflict with that in ${shown.join(', ')}${more}`;
  const branch = branchNames(pull)[0] ?? '';
  return new HiveError(
    'not_mergeable',
    `${nameOfPull(repository, pull)} cannot be taken back: ${reason}. Do it by hand: git fetch origin && git checkout -b ${branch} origin/${pull.base} && git diff ${range.after} ${range.before} | git apply --3way, then solve, commit and push, and open a pull request.`,
    { details: { reasons: [reason], conflicts: conflicts.slice(0, 50) } },
  );
}

function branchNames({ number }: Pull): string[] {
  return ['', ...Array.from({ length: 19 }, (_, at) => `-${at + 2}`)].map((end) => `revert-${number}${end}`);
}

/** A branch that is not there yet. Throws `duplicate_pull`, `forge_quota`. */
function chooseBranch(
  core: ForgeCore,
  { repository, pull, refs }: { repository: Repository; pull: Pull; refs: ReadonlyMap<string, string> },
): string {
  const names = branchNames(pull);
  const open = openPulls(core.db, repository.id).find(({ head, base }) => base === pull.base && names.includes(head));
  if (open !== undefined)
    throw new HiveError('duplicate_pull', `Pull request #${open.number} takes it back already: use that one.`);
  const branch = names.find((name) => !refs.has(`refs/heads/${name}`));
  if (branch === undefined)
    throw new HiveError('forge_quota', `There are many branches like ${names[0]}: delete some first.`);
  const commands = [{ ref: `refs/heads/${branch}`, new: NEW }];
  const push = { owner: repository.owner, commands, refs: refs.keys() };
  const refusal = decidePush(push, measureOwner(core.db, repository.owner), core.limits);
  if (refusal !== null) throw new HiveError('forge_quota', `The branch ${branch} cannot be made: ${refusal}.`);
  return branch;
}

/** decidePush asks only whether a ref gets a commit. */
const NEW = 'new';

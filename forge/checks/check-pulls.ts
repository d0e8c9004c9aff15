import { HiveError } from '../../protocol/errors.ts';
import { SYSTEM } from '../../protocol/names.ts';
import type { PullChecks } from '../../protocol/schemas/check.ts';
import type { RepoCaller } from '../../protocol/access/repo-access.ts';
import { nameOf } from '../access/authorize.ts';
import { assertAllowed, openRepository, type RepoPath } from '../backend/open-repository.ts';
import { hasChecksFile, keepSuiteCommit } from '../git/checks.ts';
import { readRefs } from '../git/look.ts';
import { makeMergeCommit } from '../git/merge.ts';
import { holdBranches } from '../pulls/hold-branches.ts';
import { nameOfPull } from '../pulls/notify.ts';
import { getPull } from '../pulls/pull-repository.ts';
import type { ForgeCore } from '../repositories/forge-core.ts';
import { newestSuiteOfPull, openSuitesOfPull, type Suite, suiteOfPull, unwantedSuites } from '../store/check-suites.ts';
import { findPull, type Pull, pullsToCheck, setChecksFor } from '../store/pulls.ts';
import { getRepository, type Repository } from '../store/repositories.ts';
import { cancelSuite, requestSuite, viewSuite } from './checks.ts';

const PULL_PRIORITY = 0;
/** Somebody waits for it: they tried to merge. */
const MERGE_PRIORITY = 10;

/**
 * Asks for the checks of pull requests that have a new head, and cancels those that nobody wants any more: of older
 * heads, and of pull requests that have ended or are drafts. One whose branches are busy is left for the next round.
 */
export async function checkPulls(core: ForgeCore): Promise<void> {
  for (const { id, pullId } of unwantedSuites(core.db)) {
    const cancel = core.db.transaction(() => {
      cancelSuite(core, id);
      // For when it is opened again, or ready again.
      setChecksFor(core.db, pullId, null);
    });
    cancel.immediate();
  }
  for (const { repositoryId, number } of pullsToCheck(core.db)) {
    const repository = getRepository(core.db, repositoryId);
    if (repository === null) continue;
    const wanted = { repository, signal: core.stopping };
    await holdBranches(core, wanted, (held) => checkHead(core, held, number)).catch((error: unknown) => {
      const isBusy = error instanceof HiveError && error.code === 'service_unavailable';
      if (isBusy || core.stopping.aborted) return;
      core.log.error({ pull: number, err: error }, 'the checks of a pull request could not be asked for');
      // The merge asks once more.
      const pull = findPull(core.db, repositoryId, number);
      if (pull !== null) setChecksFor(core.db, pull.id, pull.headOid);
    });
    if (core.stopping.aborted) return;
  }
}

async function checkHead(core: ForgeCore, repository: Repository, number: number): Promise<void> {
  const pull = findPull(core.db, repository.id, number);
  if (pull === null || pull.state !== 'open' || pull.draft) return;
  const path = core.places.repositoryDir(repository);
  const base = (await readRefs(core.git, path)).get(`refs/heads/${pull.base}`);
  if (base !== undefined && (await hasChecksFile(core.git, path, base)))
    await askForChecks(core, { repository, pull, base, priority: PULL_PRIORITY });
  // Whatever came of it: a conflict is solved by a push, or the merge asks again.
  setChecksFor(core.db, pull.id, pull.headOid);
  // The merge queue may wait for this.
  core.outbox.announce();
}

/**
 * Asks for the checks of a pull request's merge result, under the lock of its branches. No error when there is none,
 * because of a conflict.
 */
async function askForChecks(
  core: ForgeCore,
  { repository, pull, base, priority }: { repository: Repository; pull: Pull; base: string; priority: number },
): Promise<void> {
  const path = core.places.repositoryDir(repository);
  // The same commit whenever it is made, so that it is the same suite.
  const hive = { name: SYSTEM, at: pull.openedAt };
  const made = await makeMergeCommit(core.git, {
    path,
    base,
    head: pull.headOid,
    method: 'merge',
    message: `Merge result of #${pull.number}\n`,
    author: hive,
    committer: hive,
  });
  if (!('commit' in made)) return;
  const { commit } = made;
  const ask = core.db.transaction(() => {
    for (const { id, commit: other } of openSuitesOfPull(core.db, repository.id, pull.number))
      if (other !== commit) cancelSuite(core, id);
    const of = { purpose: 'pull' as const, pull: pull.number, head: pull.headOid, priority };
    return requestSuite(core, { repository, target: base, commit, ...of });
  });
  await keepSuiteCommit(core.git, path, { id: ask.immediate(), commit });
}

/** What the checks say about a pull request on its base's present commit. */
export async function checksOfPull(
  core: ForgeCore,
  repository: Repository,
  { pull, base }: { pull: Pull; base: string },
): Promise<PullChecks> {
  const { suite } = await findChecks(core, repository, { pull, base });
  if (suite === 'none') return NO_CHECKS;
  if (suite !== 'missing') return view(core, suite);
  const before = newestSuiteOfPull(core.db, repository.id, pull.number);
  return before === null ? { ...NO_CHECKS, state: 'missing' } : { ...view(core, before), state: 'missing', failed: [] };
}

/** What they said last, of a pull request that has ended. */
export function lastChecksOfPull(core: Pick<ForgeCore, 'db'>, repository: Repository, { number }: Pull): PullChecks {
  const suite = newestSuiteOfPull(core.db, repository.id, number);
  return suite === null ? NO_CHECKS : view(core, suite);
}

/**
 * The same for a merge, under the lock of the branches: with `asks`, checks that have not run on this base are asked
 * for. `tree`: the files that they ran on, where there are some.
 */
export async function requireChecks(
  core: ForgeCore,
  repository: Repository,
  { pull, base, asks }: { pull: Pull; base: string; asks: boolean },
): Promise<{ checks: PullChecks; tree: string | null }> {
  const { suite } = await findChecks(core, repository, { pull, base });
  if (suite === 'none') return { checks: NO_CHECKS, tree: null };
  if (suite !== 'missing') return { checks: view(core, suite), tree: suite.tree };
  if (asks) await askForChecks(core, { repository, pull, base, priority: MERGE_PRIORITY });
  const asked = suiteOfPull(core.db, {
    repositoryId: repository.id,
    pull: pull.number,
    head: pull.headOid,
    target: base,
  });
  return { checks: asked === null ? { ...NO_CHECKS, state: 'missing' } : view(core, asked), tree: null };
}

/**
 * Asks for the checks of a pull request with the newest commit of its base, unless they have run or run with it: its
 * author may, and whoever may push to the repository. Throws `unknown_repo`, `unknown_pull`, `forbidden`, `pull_ended`,
 * `not_mergeable` for a draft and for one whose merge has no result, `service_unavailable`.
 */
export async function requestChecks(
  core: ForgeCore,
  caller: RepoCaller,
  { owner, name, number, signal }: RepoPath & { number: number; signal: AbortSignal },
): Promise<PullChecks> {
  const asked = await openRepository(core, { caller, action: 'look', owner, name });
  if (getPull(core, asked, number).author !== nameOf(caller))
    assertAllowed(core, { caller, action: 'retry_checks', owner, name });
  return holdBranches(core, { repository: asked, signal }, async (repository) => {
    const pull = getPull(core, repository, number);
    const title = nameOfPull(repository, pull);
    if (pull.state !== 'open') throw new HiveError('pull_ended', `${title} is ${pull.state} already.`);
    if (pull.draft) throw new HiveError('not_mergeable', `${title} is a draft: mark it as ready first.`);
    const base = (await readRefs(core.git, core.places.repositoryDir(repository))).get(`refs/heads/${pull.base}`);
    if (base === undefined)
      throw new HiveError('not_mergeable', `Its base ${pull.base} is gone. Choose another base first.`);
    const { checks } = await requireChecks(core, repository, { pull, base, asks: true });
    if (checks.state === 'missing')
      throw new HiveError(
        'not_mergeable',
        `${title} conflicts with its base, so there is nothing to check. Solve that first.`,
      );
    return checks;
  });
}

async function findChecks(
  core: ForgeCore,
  repository: Repository,
  { pull, base }: { pull: Pull; base: string },
): Promise<{ suite: Suite | 'none' | 'missing' }> {
  const of = { repositoryId: repository.id, pull: pull.number, head: pull.headOid, target: base };
  const suite = suiteOfPull(core.db, of);
  if (suite !== null && suite.state !== 'cancelled') return { suite };
  const isDeclared = await hasChecksFile(core.git, core.places.repositoryDir(repository), base);
  return { suite: isDeclared ? 'missing' : 'none' };
}

function view({ db }: Pick<ForgeCore, 'db'>, suite: Suite): PullChecks {
  const { state, failed, flaky, trouble, runs } = viewSuite(db, suite);
  return { state, failed: [...failed], flaky, trouble, runs: [...runs] };
}

const NO_CHECKS: PullChecks = { state: 'none', failed: [], flaky: false, trouble: null, runs: [] };

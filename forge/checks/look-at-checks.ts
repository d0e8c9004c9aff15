import type { RepoCaller } from '../../protocol/access/repo-access.ts';
import { HiveError } from '../../protocol/errors.ts';
import type { CheckDescription, CheckRun } from '../../protocol/schemas/check.ts';
import { nameOf } from '../access/authorize.ts';
import { openRepository, type RepoPath } from '../backend/open-repository.ts';
import type { ForgeCore } from '../repositories/forge-core.ts';
import { artifactsOfRun } from '../store/check-artifacts.ts';
import { newestPieces, notesOf } from '../store/check-logs.ts';
import { findRun, isFlaky, newestRunsOf, placeOfRun, type Run, runsOfSuite, viewRun } from '../store/check-runs.ts';
import type { Suite } from '../store/check-suites.ts';
import { requireSuite, retrySuite } from './checks.ts';

/** The newest runs of a repository's checks, of one pull request where `pull` is given. Throws `unknown_repo`. */
export async function listChecks(
  core: ForgeCore,
  caller: RepoCaller,
  { owner, name, pull, limit }: RepoPath & { pull: number | null; limit: number },
): Promise<CheckRun[]> {
  const repository = await openRepository(core, { caller, action: 'look', owner, name });
  return newestRunsOf(core.db, { repositoryId: repository.id, pull, limit }).map((run) =>
    viewRun(run, isFlakyRun(core, run)),
  );
}

export type RunPath = RepoPath & { readonly run: number };

/** One run, what it ran, and every run of the same check for the same commit. Throws `unknown_repo`, `not_found`. */
export async function describeCheck(core: ForgeCore, caller: RepoCaller, wanted: RunPath): Promise<CheckDescription> {
  const { run, suite } = await openRun(core, caller, { ...wanted, action: 'look' });
  const attempts = runsOfSuite(core.db, suite.id).filter(({ name }) => name === run.name);
  const isUnsteady = isFlakyRun(core, run);
  const { pull, commit, target } = suite;
  return {
    run: viewRun(run, isUnsteady),
    pull,
    commit,
    target,
    setup: run.setup,
    command: run.command,
    timeoutMs: run.timeoutMs,
    notes: notesOf(core.db, run.id),
    artifacts: artifactsOfRun(core.db, run.id),
    attempts: attempts.map((attempt) => viewRun(attempt, isUnsteady)),
  };
}

/**
 * A page of a run's output: the end of it, or what is before the cursor of another page. Throws `unknown_repo`,
 * `not_found`.
 */
export async function readCheckLog(
  core: ForgeCore,
  caller: RepoCaller,
  wanted: RunPath & { before: number | null; limit: number },
): Promise<{ run: CheckRun; text: string; before: number | null }> {
  const { run } = await openRun(core, caller, { ...wanted, action: 'look' });
  const pieces: string[] = [];
  let chars = 0;
  let first: number | null = null;
  let before: number | null = null;
  for (const { seq, text } of newestPieces(core.db, run.id, wanted.before)) {
    if (chars > 0 && chars + text.length > wanted.limit) {
      before = first;
      break;
    }
    // Pieces have numbers without a gap, except where the middle was dropped.
    if (first !== null && seq !== first - 1) pieces.unshift(`[${run.logDropped} characters are left out here]\n`);
    pieces.unshift(text);
    chars += text.length;
    first = seq;
  }
  return { run: viewRun(run, isFlakyRun(core, run)), text: pieces.join(''), before };
}

/** Queues a check again. Throws `unknown_repo`, `not_found`, `forbidden`, `wrong_state` for one that is not over. */
export async function retryCheck(core: ForgeCore, caller: RepoCaller, wanted: RunPath): Promise<CheckRun> {
  const { run, suite } = await openRun(core, caller, { ...wanted, action: 'retry_checks' });
  core.log.info({ run: run.id, by: nameOf(caller) }, 'a check is run once more');
  if (!retrySuite(core, suite.id, run.name))
    throw new HiveError('wrong_state', `${run.name} is not over yet. Wait until it is, then ask again.`);
  const again = runsOfSuite(core.db, suite.id).findLast(({ name }) => name === run.name) ?? run;
  return viewRun(again, isFlakyRun(core, again));
}

/** A run of that repository, if the caller may take the action there. */
export async function openRun(
  core: ForgeCore,
  caller: RepoCaller,
  { owner, name, run: id, action }: RunPath & { action: 'look' | 'retry_checks' },
): Promise<{ run: Run; suite: Suite }> {
  const repository = await openRepository(core, { caller, action, owner, name });
  const run = findRun(core.db, id);
  if (run === null || placeOfRun(core.db, id)?.repositoryId !== repository.id)
    throw new HiveError('not_found', `There is no run ${id} of a check in ${owner}/${name}.`);
  return { run, suite: requireSuite(core.db, run.suiteId) };
}

function isFlakyRun({ db }: Pick<ForgeCore, 'db'>, run: Run): boolean {
  return isFlaky(db, { ...requireSuite(db, run.suiteId), ...run });
}

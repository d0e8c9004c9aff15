import { HiveError } from '../../protocol/errors.ts';
import { isOver } from '../../protocol/check-states.ts';
import type { CheckRun, SuiteState } from '../../protocol/schemas/check.ts';
import type { Db } from '../../store/open-store.ts';
import type { ForgeCore } from '../repositories/forge-core.ts';
import { insertRun, isFlaky, newestRuns, type Run, runsOfSuite, viewRun } from '../store/check-runs.ts';
import { askForSuite, findSuite, setSuiteState, type Suite, type SuitePurpose } from '../store/check-suites.ts';
import { getRepository, type Repository } from '../store/repositories.ts';
import { judgeSuite } from './policy/judge-suite.ts';
import { changeRun } from './change-run.ts';
import { dropUnneededCommits } from './drop-commits.ts';

/**
 * The checks of commits, for merges and the merge queue. A suite is asked for, planned (its target's file is read),
 * carried out by hived, and decided; each step is in the database before the next one begins, so that a kill at any
 * moment is followed by the rest of the steps.
 *
 *   planning → none | running | failed (the file cannot be understood)
 *   running → passed | failed; planning | running → cancelled; any of them → planning by a retry
 */

export interface SuiteRequest {
  readonly repository: Pick<Repository, 'id'>;
  /** The commit whose file says what runs: the tip of the base. */
  readonly target: string;
  /** The commit that is checked. Something must keep it from being pruned until this returns. */
  readonly commit: string;
  readonly purpose: SuitePurpose;
  readonly pull: number | null;
  /** The pull request's newest commit, for one of purpose `pull`. */
  readonly head?: string | null;
  /** Higher ones begin first, within their repository. */
  readonly priority: number;
}

/**
 * The suite of these commits for this purpose: the same one whenever it is asked for. May be called in a transaction;
 * it is planned after the commit.
 */
export function requestSuite(core: Pick<ForgeCore, 'db' | 'clock' | 'checks'>, request: SuiteRequest): number {
  const { repository, head = null, ...suite } = request;
  const id = askForSuite(core.db, { ...suite, head, repositoryId: repository.id, at: core.clock() });
  core.checks.wanted();
  return id;
}

export interface SuiteView {
  /** `none`: the target declares no checks. It counts as passed. */
  readonly state: SuiteState;
  /** The required checks that stand in the way. */
  readonly failed: readonly string[];
  /** Some check of it has passed and failed for the same files. */
  readonly flaky: boolean;
  /** Why there are no runs, in a sentence; null: nothing is wrong. */
  readonly trouble: string | null;
  /** The newest run of each check. */
  readonly runs: readonly CheckRun[];
}

/** Throws `not_found`: its repository, or it itself by age, is gone. */
export function suiteState(db: Db, id: number): SuiteView {
  return viewSuite(db, requireSuite(db, id));
}

export function viewSuite(db: Db, suite: Suite): SuiteView {
  const newest = newestRuns(runsOfSuite(db, suite.id));
  const runs = newest.map((run) => viewRun(run, isFlaky(db, { ...suite, ...run })));
  const flaky = runs.some((run) => run.flaky);
  const { trouble } = suite;
  if (suite.state === 'none') return { state: 'none', failed: [], flaky, trouble, runs };
  if (suite.state === 'planning') return { state: 'running', failed: [], flaky, trouble, runs };
  const { failed } = judgeSuite(newest.map(toJudged));
  // Whatever is not known to be good is not.
  const state = suite.state === 'passed' || suite.state === 'running' ? suite.state : 'failed';
  return { state, failed, flaky, trouble, runs };
}

/**
 * Ends a suite whose result nobody wants; runs that hived has are ended there. May be called in a transaction. No error
 * when it has ended.
 */
export function cancelSuite(core: ForgeCore, id: number): void {
  const cancel = core.db.transaction(() => {
    const suite = findSuite(core.db, id);
    if (suite === null) return;
    const at = core.clock();
    for (const run of runsOfSuite(core.db, id))
      if (!isOver(run.state)) changeRun(core.db, run, { state: 'cancelled', at });
    if (suite.state === 'planning' || suite.state === 'running')
      setSuiteState(core.db, id, { state: 'cancelled', endedAt: at });
  });
  cancel();
  // Begins to read when the caller's transaction is over.
  core.inBackground(async () => {
    await Promise.resolve();
    const suite = findSuite(core.db, id);
    const repository = suite === null ? null : getRepository(core.db, suite.repositoryId);
    for (const run of runsOfSuite(core.db, id)) if (run.state === 'cancelled') core.checks.runEnded(run.id);
    if (repository !== null) await dropUnneededCommits(core, repository);
  });
}

/** Calls `listener` in this process whenever a suite was decided, after the commit. */
export function onSuiteEnded(core: Pick<ForgeCore, 'checks'>, listener: (suite: number) => void): void {
  core.checks.onSuiteEnded(listener);
}

/**
 * Runs the checks of a suite again that did not end well; `only` limits it to one of them, which then runs again
 * however it ended. Returns whether there was something to do. Throws `not_found`.
 */
export function retrySuite(core: Pick<ForgeCore, 'db' | 'clock' | 'checks'>, id: number, only?: string): boolean {
  const retry = core.db.transaction(() => {
    const suite = requireSuite(core.db, id);
    const runs = newestRuns(runsOfSuite(core.db, id));
    const again = runs.filter((run) => isOver(run.state) && (only === undefined ? isBad(run) : run.name === only));
    if (again.length === 0 && suite.trouble === null) return false;
    const at = core.clock();
    for (const run of again) insertRun(core.db, { ...run, why: 'asked', state: 'queued', at });
    // Planning keeps its commit again, and reads a file that was not understood once more.
    setSuiteState(core.db, id, { state: 'planning', endedAt: null, trouble: null });
    return true;
  });
  const isDone = retry();
  if (isDone) core.checks.wanted();
  return isDone;
}

function isBad(run: Run): boolean {
  return judgeSuite([{ ...toJudged(run), required: true }]).state === 'failed';
}

export function toJudged({ name, required, skipIsOk, state }: Run) {
  return { check: name, required, skipIsOk, state };
}

export function requireSuite(db: Db, id: number): Suite {
  const suite = findSuite(db, id);
  if (suite === null) throw new HiveError('not_found', 'These checks are gone: they are kept for a limited time.');
  return suite;
}

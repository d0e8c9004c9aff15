import { HiveError } from '../../protocol/errors.ts';
import { keepSuiteCommit, listChangedPaths, readChecksFile, readContentIds, treeOf } from '../git/checks.ts';
import type { ForgeCore } from '../repositories/forge-core.ts';
import { countOpenRuns, insertRun, newestRuns, runsOfSuite } from '../store/check-runs.ts';
import { findSuite, planningSuites, setSuiteState, type Suite } from '../store/check-suites.ts';
import { getRepository, type Repository } from '../store/repositories.ts';
import { afterDecision, decideSuite } from './decide-suite.ts';
import { dropUnneededCommits } from './drop-commits.ts';
import { noteSuiteEnded } from './note-suite-ended.ts';
import { filesOf, makeKey } from './policy/cache-keys.ts';
import { parseChecks, refuse } from './policy/parse-checks.ts';
import { type SelectedCheck, selectChecks } from './policy/select-checks.ts';

const PAGE = 50;

/**
 * Plans every suite that waits for it. One that cannot be planned now is left for the next round; whatever else goes
 * wrong fails the suite, with a sentence.
 */
export async function planSuites(core: ForgeCore): Promise<void> {
  const later = new Set<number>();
  for (;;) {
    const page = planningSuites(core.db, PAGE + later.size).filter(({ id }) => !later.has(id));
    if (page.length === 0) return;
    for (const suite of page) {
      if (core.stopping.aborted) return;
      if (!(await planSuite(core, suite))) later.add(suite.id);
    }
  }
}

/** Whether it was planned. */
async function planSuite(core: ForgeCore, suite: Suite): Promise<boolean> {
  const repository = getRepository(core.db, suite.repositoryId);
  // Its rows went with the repository.
  if (repository === null) return true;
  let plan: Plan;
  try {
    plan = await readPlan(core, repository, suite);
  } catch (error) {
    if (core.stopping.aborted) return false;
    if (error instanceof HiveError && error.code === 'service_unavailable') return false;
    core.log.error({ repo: `${repository.owner}/${repository.name}`, err: error }, 'checks could not be planned');
    plan = { trouble: 'The checks could not be prepared; the log of the forge says why. Ask for them again.' };
  }
  const write = core.db.transaction(() => storePlan(core, suite.id, plan));
  const isDecided = write.immediate();
  if (isDecided) {
    afterDecision(core, suite.id);
    await dropUnneededCommits(core, repository);
  }
  core.checks.queued.wake();
  return true;
}

type Plan =
  | { readonly trouble: string }
  | {
      readonly checks: readonly SelectedCheck[];
      readonly tree: string;
      /** The content of the files that keys of caches name. */
      readonly contents: ReadonlyMap<string, string>;
    }
  | 'no checks';

async function readPlan(core: ForgeCore, repository: Repository, suite: Suite): Promise<Plan> {
  const { git } = core;
  const path = core.places.repositoryDir(repository);
  const [tree, target] = [await treeOf(git, path, suite.commit), await treeOf(git, path, suite.target)];
  if (tree === null || target === null)
    return { trouble: 'The commit to check is gone. Push again, or ask for the checks of the newest commit.' };
  const file = await readChecksFile(git, path, suite.target);
  if (file === null) return 'no checks';
  const parsed = 'text' in file ? parseChecks(file.text) : refuse(file.unreadable);
  if ('trouble' in parsed) return parsed;
  await keepSuiteCommit(git, path, suite);
  const hasPaths = parsed.checks.some(({ paths }) => paths !== null);
  const changed = hasPaths ? await listChangedPaths(git, path, { from: suite.target, to: suite.commit }) : [];
  const named = parsed.checks.flatMap(({ caches }) => caches.flatMap(({ template }) => filesOf(template)));
  const contents = await readContentIds(git, path, { commit: suite.commit, files: [...new Set(named)] });
  return { checks: selectChecks(parsed.checks, changed), tree, contents };
}

/** Whether the suite is decided by it. */
function storePlan(core: ForgeCore, id: number, plan: Plan): boolean {
  const { db } = core;
  const suite = findSuite(db, id);
  // It was cancelled meanwhile.
  if (suite?.state !== 'planning') return false;
  const at = core.clock();
  if (plan === 'no checks') {
    setSuiteState(db, id, { state: 'none', endedAt: at });
    return true;
  }
  if ('trouble' in plan) return fail(core, suite, plan.trouble);
  const newest = new Map(newestRuns(runsOfSuite(db, id)).map((run) => [run.name, run]));
  const missing = plan.checks.filter(({ check }) => (newest.get(check.name)?.state ?? 'cancelled') === 'cancelled');
  if (countOpenRuns(db, suite.repositoryId) + missing.length > core.limits.maxOpenChecks)
    return fail(
      core,
      suite,
      `More than ${core.limits.maxOpenChecks} checks of this repository wait. Ask for them later.`,
    );
  setSuiteState(db, id, { state: 'planning', endedAt: null, tree: plan.tree });
  for (const { check, state } of missing) {
    const caches = check.caches.map((one) => ({ ...one, key: makeKey(one.template, plan.contents) }));
    insertRun(db, { ...check, caches, suiteId: id, why: 'first', state, at });
  }
  const isDecided = decideSuite(core, { ...suite, tree: plan.tree });
  return isDecided;
}

function fail(core: ForgeCore, suite: Suite, trouble: string): true {
  setSuiteState(core.db, suite.id, { state: 'failed', endedAt: core.clock(), trouble });
  noteSuiteEnded(core, { ...suite, state: 'failed', trouble }, []);
  return true;
}

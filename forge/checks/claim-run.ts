import type { CheckJob } from '../../protocol/schemas/check.ts';
import { keepCommitAt, suiteRef } from '../git/checks.ts';
import type { ForgeCore } from '../repositories/forge-core.ts';
import { deleteArtifactsOfRun } from '../store/check-artifacts.ts';
import { deleteLog } from '../store/check-logs.ts';
import { findRun, forgetTests, placeOfRun, runningRuns, waitingRuns } from '../store/check-runs.ts';
import { findSuite } from '../store/check-suites.ts';
import { changeRun } from './change-run.ts';
import { endRun } from './end-run.ts';
import { chooseRun } from './policy/choose-run.ts';

/** A run may be queued by another forge that is draining, which this process does not hear. */
const RECHECK_MS = 2_000;
const MAX_WAIT_MS = 60_000;

/**
 * Hands out the next run to `holder`, one run of hived, with a lease that its reports renew; waits up to `waitMs` for
 * one. Runs of other holders are lost: there is one hived. Runs of this one that are not among the `held` never reached
 * it, and are queued again. Null: there is none in that time.
 */
export async function claimRun(
  core: ForgeCore,
  { holder, held, waitMs, signal }: { holder: string; held: readonly number[]; waitMs: number; signal: AbortSignal },
): Promise<CheckJob | null> {
  const deadline = Date.now() + Math.min(waitMs, MAX_WAIT_MS);
  const ends = AbortSignal.any([signal, core.stopping]);
  for (const run of runningRuns(core.db))
    if (run.holder !== holder) endRun(core, run.id, { kind: 'lost', reason: 'hived was restarted' });
    else if (!held.includes(run.id)) endRun(core, run.id, { kind: 'returned' });
  for (;;) {
    if (ends.aborted) return null;
    const job = takeNext(core, holder);
    const left = deadline - Date.now();
    if (job !== null && (await keepCommit(core, job))) return job;
    if (job === null && left <= 0) return null;
    if (job !== null) continue;
    await core.checks.queued.wait(Math.min(left, RECHECK_MS), ends);
  }
}

/** Whether git has the commit of a run that begins. The run is lost otherwise. */
async function keepCommit(core: ForgeCore, job: CheckJob): Promise<boolean> {
  try {
    await keepCommitAt(core.git, core.places.repositoryDir(job), job);
    return true;
  } catch (error) {
    core.log.warn({ run: job.run, err: error }, 'the commit to check is gone');
    endRun(core, job.run, { kind: 'lost', reason: 'the commit to check is gone' });
    return false;
  }
}

function takeNext(core: ForgeCore, holder: string): CheckJob | null {
  const { db, checks, limits } = core;
  const take = db.transaction((): CheckJob | null => {
    const waiting = waitingRuns(db);
    const running = runningRuns(db);
    const { served } = checks;
    keepOnly(served.owners, new Set([...waiting, ...running].map(({ owner }) => owner)));
    keepOnly(served.repositories, new Set([...waiting, ...running].map(({ repositoryId }) => repositoryId)));
    const chosen = chooseRun(
      waiting.map((run) => ({ ...run, run: run.id })),
      { running, served },
    );
    if (chosen === null) return null;
    const [run, place] = [findRun(db, chosen.run), placeOfRun(db, chosen.run)];
    const suite = run === null ? null : findSuite(db, run.suiteId);
    if (run === null || place === null || suite === null) throw new Error(`run ${chosen.run} has no suite`);
    const at = core.clock();
    changeRun(db, run, { state: 'running', at, holder, leaseUntil: at + limits.checkLeaseMs });
    // Of a run that was handed back.
    deleteLog(db, run.id, { keepsNotes: false });
    deleteArtifactsOfRun(db, run.id);
    forgetTests(db, run.id);
    served.owners.set(chosen.owner, at);
    served.repositories.set(chosen.repositoryId, at);
    const { setup, command, timeoutMs, artifacts, reports, caches } = run;
    const { owner, name } = place;
    return {
      run: run.id,
      owner,
      name,
      ref: suiteRef(suite.id),
      commit: suite.commit,
      check: run.name,
      setup,
      command,
      timeoutMs,
      artifacts: [...artifacts],
      reports: [...reports],
      caches: caches.map(({ key, paths }) => ({ key, paths: [...paths] })),
    };
  });
  return take.immediate();
}

/** Forgets those that have no open runs. */
function keepOnly<K>(map: Map<K, number>, open: ReadonlySet<K>): void {
  for (const key of map.keys()) if (!open.has(key)) map.delete(key);
}

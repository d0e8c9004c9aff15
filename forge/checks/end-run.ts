import { isOver } from '../../protocol/check-states.ts';
import type { CheckEnd } from '../../protocol/schemas/check.ts';
import type { ForgeCore } from '../repositories/forge-core.ts';
import { findRun, insertRun, type Run, runsOfSuite } from '../store/check-runs.ts';
import { findSuite } from '../store/check-suites.ts';
import { getRepository } from '../store/repositories.ts';
import { changeRun } from './change-run.ts';
import { afterDecision, decideSuite } from './decide-suite.ts';
import { dropUnneededCommits } from './drop-commits.ts';
import { decideAfterRun } from './policy/after-run.ts';

/**
 * Records how a run ended, with the run that follows it and what that means for its suite, in one transaction. Does
 * nothing to one that has ended: the first word counts.
 */
export function endRun(core: ForgeCore, id: number, end: CheckEnd): void {
  const { db } = core;
  const record = db.transaction((): { suite: number; isDecided: boolean } | null => {
    const run = findRun(db, id);
    if (run?.state !== 'running') return null;
    const suite = findSuite(db, run.suiteId);
    if (suite === null) return null;
    const at = core.clock();
    changeRun(db, run, { ...sayEnd(run, end), at });
    if (suite.state !== 'cancelled') queueNext(core, { ...run, state: sayEnd(run, end).state });
    return { suite: suite.id, isDecided: decideSuite(core, suite) };
  });
  const done = record.immediate();
  if (done === null) return;
  core.checks.queued.wake();
  core.checks.runEnded(id);
  if (done.isDecided) afterDecision(core, done.suite);
  core.inBackground(async () => {
    const suite = findSuite(db, done.suite);
    const repository = suite === null ? null : getRepository(db, suite.repositoryId);
    if (repository !== null) await dropUnneededCommits(core, repository);
  });
}

function queueNext(core: ForgeCore, run: Run): void {
  if (!isOver(run.state)) return;
  const attempts = runsOfSuite(core.db, run.suiteId).filter(({ name }) => name === run.name);
  const why = decideAfterRun(
    attempts.map(({ state }) => state),
    run,
  );
  if (why !== null) insertRun(core.db, { ...run, why, state: 'queued', at: core.clock() });
}

function sayEnd(run: Run, end: CheckEnd): Pick<Parameters<typeof changeRun>[2], 'state' | 'exitCode' | 'reason'> {
  switch (end.kind) {
    case 'exited':
      if (end.exitCode === 0) return { state: 'passed', exitCode: 0 };
      return {
        state: 'failed',
        exitCode: end.exitCode,
        reason: end.outOfMemory ? 'it ran out of memory' : `it ended with exit code ${end.exitCode}`,
      };
    case 'timed_out':
      return { state: 'timed_out', reason: `it took longer than ${Math.round(run.timeoutMs / 1_000)} seconds` };
    case 'lost':
      return { state: 'lost', reason: end.reason };
    case 'returned':
      return { state: 'queued' };
  }
}

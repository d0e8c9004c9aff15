import { afterEach, expect, test } from 'vitest';
import type { RepoName, RepoOwner } from '../../protocol/names.ts';
import { chooseLimits, type Limits } from '../limits.ts';
import type { ForgeCore } from '../repositories/forge-core.ts';
import { findRun, insertRun, waitingRuns } from '../store/check-runs.ts';
import { addLog, newestPieces } from '../store/check-logs.ts';
import { setSuiteState } from '../store/check-suites.ts';
import { openForgeDb } from '../store/forge-db.ts';
import { insertRepository } from '../store/repositories.ts';
import { changeRun } from './change-run.ts';
import { createCheckSignals } from './check-signals.ts';
import { cancelSuite, onSuiteEnded, requestSuite, retrySuite, suiteState } from './checks.ts';
import { endRun } from './end-run.ts';
import { forgetOldChecks, loseExpired } from './settle-checks.ts';

const [BASE, HEAD] = ['a'.repeat(40), 'b'.repeat(40)];
const opened: { close(): unknown }[] = [];
afterEach(() => opened.splice(0).forEach((db) => db.close()));

/** The suites of a forge without git: what follows a decision there is left out. */
function openSuites(limits: Partial<Limits> = {}) {
  const time = { now: 1_000 };
  const db = openForgeDb(':memory:', null);
  opened.push(db);
  const checks = createCheckSignals((error) => {
    throw error;
  });
  const core = {
    db,
    checks,
    clock: () => time.now,
    limits: { ...chooseLimits(1), ...limits },
    outbox: { add: () => undefined, announce: () => undefined },
    inBackground: () => undefined,
  } as unknown as ForgeCore;
  const made = { owner: 'web' as RepoOwner, name: 'app' as RepoName, description: '', defaultBranch: 'main', at: 0 };
  const repository = insertRepository(db, made);
  const ended: number[] = [];
  onSuiteEnded(core, (suite) => ended.push(suite));
  const request = () =>
    requestSuite(core, { repository, target: BASE, commit: HEAD, purpose: 'queue', pull: null, priority: 1 });
  /** As planning does. */
  const plan = (suite: number, names: readonly string[]) => {
    for (const name of names) {
      const scripts = { setup: '', command: 'x', timeoutMs: 1, required: true, skipIsOk: true, retries: 0 };
      const files = { artifacts: [], reports: [], caches: [] };
      insertRun(db, { suiteId: suite, name, why: 'first', state: 'queued', at: 0, ...scripts, ...files });
    }
    setSuiteState(db, suite, { state: 'running', endedAt: null, tree: HEAD });
  };
  const exitNext = (exitCode: number) => {
    const run = findRun(db, waitingRuns(db)[0]?.id ?? 0)!;
    changeRun(db, run, { state: 'running', at: 1, holder: 'h', leaseUntil: 9_000 });
    endRun(core, run.id, { kind: 'exited', exitCode, outOfMemory: false });
    return run.id;
  };
  return { core, time, request, plan, exitNext, ended };
}

test('a suite is the same one for the same commits, and is told to have ended once, when the last required run passed', () => {
  const { core, request, plan, exitNext, ended } = openSuites();
  const suite = request();
  expect(request()).toBe(suite);
  expect(suiteState(core.db, suite)).toMatchObject({ state: 'running', runs: [] });
  plan(suite, ['unit', 'lint']);
  exitNext(0);
  expect([suiteState(core.db, suite).state, ended]).toEqual(['running', []]);
  const last = exitNext(0);
  expect([suiteState(core.db, suite).state, ended]).toEqual(['passed', [suite]]);
  // The first word counts.
  endRun(core, last, { kind: 'timed_out' });
  expect([suiteState(core.db, suite).state, ended]).toEqual(['passed', [suite]]);
});

test('it has failed with the first required run that failed; a retry decides it anew, and is told again', () => {
  const { core, request, plan, exitNext, ended } = openSuites();
  const suite = request();
  plan(suite, ['unit', 'lint']);
  exitNext(1);
  expect(suiteState(core.db, suite)).toMatchObject({ state: 'failed', failed: ['unit'], flaky: false });
  expect(ended).toEqual([suite]);
  exitNext(0);
  expect(retrySuite(core, suite)).toBe(true);
  expect(suiteState(core.db, suite).state).toBe('running');
  // Planned again, so that git has its commit.
  expect(waitingRuns(core.db)).toEqual([]);
  plan(suite, []);
  exitNext(0);
  expect(suiteState(core.db, suite)).toMatchObject({ state: 'passed', flaky: true });
  expect(ended).toEqual([suite, suite]);
});

test('a cancelled suite counts as failed, whatever its runs do then; a new request begins it again', () => {
  const { core, request, plan, exitNext, ended } = openSuites();
  const suite = request();
  plan(suite, ['unit']);
  cancelSuite(core, suite);
  cancelSuite(core, suite);
  expect(suiteState(core.db, suite)).toMatchObject({ state: 'failed', runs: [{ state: 'cancelled' }] });
  expect(waitingRuns(core.db)).toEqual([]);
  expect(request()).toBe(suite);
  plan(suite, ['unit']);
  exitNext(0);
  expect(suiteState(core.db, suite)).toMatchObject({ state: 'passed', runs: [{ attempt: 2 }] });
  expect(ended).toEqual([suite]);
});

test('a suite that is gone is said to be', () => {
  const { core } = openSuites();
  expect(() => suiteState(core.db, 7)).toThrow('kept for a limited time');
});

test('a run that nobody reports about is lost when its lease ends, and queued again', () => {
  const { core, time, request, plan } = openSuites();
  const suite = request();
  plan(suite, ['unit']);
  const run = findRun(core.db, waitingRuns(core.db)[0]?.id ?? 0)!;
  changeRun(core.db, run, { state: 'running', at: 1, holder: 'h', leaseUntil: 5_000 });
  time.now = 4_999;
  loseExpired(core);
  expect(suiteState(core.db, suite).runs).toMatchObject([{ state: 'running' }]);
  time.now = 5_000;
  loseExpired(core);
  expect(suiteState(core.db, suite)).toMatchObject({
    state: 'running',
    runs: [{ state: 'queued', attempt: 2, why: 'lost' }],
  });
});

test('outputs go by their age, and the oldest when all together are too large; runs go with their suite', () => {
  const { core, time, request, plan, exitNext } = openSuites({
    allCheckLogChars: 25,
    keepCheckLogsMs: 100,
    keepChecksMs: 1_000,
  });
  const suite = request();
  plan(suite, ['a', 'b', 'c']);
  const size = { head: 100, most: 1_000 };
  const runs = [1, 2, 3].map((at) => {
    time.now += 1;
    const run = exitNext(0);
    addLog(core.db, run, { text: `${at}`.repeat(10), ...size });
    return run;
  });
  const kept = () => runs.filter((run) => [...newestPieces(core.db, run, null)].length > 0);
  forgetOldChecks(core);
  expect(kept()).toEqual(runs.slice(1));
  time.now += 101;
  forgetOldChecks(core);
  expect(kept()).toEqual([]);
  expect(suiteState(core.db, suite)).toMatchObject({ state: 'passed' });
  time.now += 1_000;
  forgetOldChecks(core);
  expect(() => suiteState(core.db, suite)).toThrow('kept for a limited time');
});

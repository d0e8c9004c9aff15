import * as z from 'zod';
import type { CheckState } from '../../protocol/check-states.ts';
import type { RepoName, RepoOwner } from '../../protocol/names.ts';
import type { CheckRun, RunReason, TestCounts } from '../../protocol/schemas/check.ts';
import type { Db } from '../../store/open-store.ts';
import type { KeyedCache } from '../checks/policy/cache-keys.ts';
import { sql } from '../../store/statements.ts';

/** A row of `check_runs`. */
export interface Run {
  readonly id: number;
  readonly suiteId: number;
  readonly name: string;
  readonly attempt: number;
  readonly why: RunReason;
  readonly setup: string;
  readonly command: string;
  readonly timeoutMs: number;
  readonly required: boolean;
  readonly skipIsOk: boolean;
  readonly retries: number;
  readonly state: CheckState;
  readonly queuedAt: number;
  readonly startedAt: number | null;
  readonly endedAt: number | null;
  readonly holder: string | null;
  readonly leaseUntil: number | null;
  readonly exitCode: number | null;
  readonly reason: string;
  readonly logChars: number;
  readonly logDropped: number;
  /** Patterns of the files that it hands over. */
  readonly artifacts: readonly string[];
  readonly reports: readonly string[];
  /** What it begins with, and saves. */
  readonly caches: readonly KeyedCache[];
  /** What its reports counted; null: there was none. */
  readonly tests: TestCounts | null;
  /** Reports that were handed over, and their bytes. */
  readonly reportsTaken: number;
  readonly reportBytes: number;
}

interface RunRow extends Omit<Run, 'required' | 'skipIsOk' | 'artifacts' | 'reports' | 'caches' | 'tests'> {
  required: 0 | 1;
  skipIsOk: 0 | 1;
  artifacts: string;
  reports: string;
  caches: string;
  passed: number | null;
  failed: number | null;
  skipped: number | null;
}

const COLUMNS = `check_runs.id, suite_id AS suiteId, check_runs.name, attempt, why, setup, command, timeout_ms AS timeoutMs,
  required, skip_is_ok AS skipIsOk, retries, check_runs.state, queued_at AS queuedAt, started_at AS startedAt,
  check_runs.ended_at AS endedAt, holder, lease_until AS leaseUntil, exit_code AS exitCode, reason,
  log_chars AS logChars, log_dropped AS logDropped, check_runs.artifacts, check_runs.reports, check_runs.caches,
  reports_taken AS reportsTaken, report_bytes AS reportBytes, tests_passed AS passed, tests_failed AS failed, tests_skipped AS skipped`;

const patterns = z.array(z.string());
const keyedCaches = z.array(z.strictObject({ template: z.string(), key: z.string(), paths: z.array(z.string()) }));

function toRun({ passed, failed, skipped, ...row }: RunRow): Run {
  return {
    ...row,
    required: row.required === 1,
    skipIsOk: row.skipIsOk === 1,
    artifacts: patterns.parse(JSON.parse(row.artifacts)),
    reports: patterns.parse(JSON.parse(row.reports)),
    caches: keyedCaches.parse(JSON.parse(row.caches)),
    tests: passed === null || failed === null || skipped === null ? null : { passed, failed, skipped },
  };
}

const GET_RUN = `SELECT ${COLUMNS} FROM check_runs WHERE id = ?`;

export function findRun(db: Db, id: number): Run | null {
  const row = sql(db, GET_RUN).get(id) as RunRow | undefined;
  return row === undefined ? null : toRun(row);
}

const RUNS_OF_SUITE = `SELECT ${COLUMNS} FROM check_runs WHERE suite_id = ? ORDER BY id`;

/** Every run of a suite, in the order in which they were queued. */
export function runsOfSuite(db: Db, suiteId: number): Run[] {
  return (sql(db, RUNS_OF_SUITE).all(suiteId) as RunRow[]).map(toRun);
}

/** The newest run of each check. */
export function newestRuns(runs: readonly Run[]): Run[] {
  return [...new Map(runs.toSorted((a, b) => a.attempt - b.attempt).map((run) => [run.name, run])).values()].toSorted(
    (a, b) => a.id - b.id,
  );
}

/** The runs of a repository that were queued last, the newest first. */
export function newestRunsOf(db: Db, of: { repositoryId: number; pull: number | null; limit: number }): Run[] {
  const text = `SELECT ${COLUMNS} FROM check_runs JOIN check_suites ON check_suites.id = suite_id
    WHERE repository_id = @repositoryId AND (@pull IS NULL OR pull = @pull) ORDER BY check_runs.id DESC LIMIT @limit`;
  return (sql(db, text).all(of) as RunRow[]).map(toRun);
}

export type NewRun = Pick<
  Run,
  | 'suiteId'
  | 'name'
  | 'why'
  | 'setup'
  | 'command'
  | 'timeoutMs'
  | 'required'
  | 'skipIsOk'
  | 'retries'
  | 'artifacts'
  | 'reports'
  | 'caches'
> & { readonly state: 'queued' | 'skipped'; readonly at: number };

/** Stores a further run of a check. */
export function insertRun(db: Db, run: NewRun): number {
  const text = `INSERT INTO check_runs (suite_id, name, attempt, why, setup, command, timeout_ms, required, skip_is_ok, retries,
      artifacts, reports, caches, state, queued_at, ended_at)
    VALUES (@suiteId, @name, 1 + (SELECT count(*) FROM check_runs WHERE suite_id = @suiteId AND name = @name), @why,
      @setup, @command, @timeoutMs, @required, @skipIsOk, @retries, @artifacts, @reports, @caches, @state, @at,
      CASE @state WHEN 'skipped' THEN @at END)`;
  const { lastInsertRowid } = sql(db, text).run({
    ...run,
    required: run.required ? 1 : 0,
    skipIsOk: run.skipIsOk ? 1 : 0,
    artifacts: JSON.stringify(run.artifacts),
    reports: JSON.stringify(run.reports),
    caches: JSON.stringify(run.caches),
  });
  return Number(lastInsertRowid);
}

/** The change of a run's state with what belongs to it; its holder ends with the state `running`. */
export function setRunState(
  db: Db,
  id: number,
  to: {
    state: CheckState;
    at: number;
    holder?: string;
    leaseUntil?: number;
    exitCode?: number | null;
    reason?: string;
  },
): void {
  sql(
    db,
    `UPDATE check_runs SET state = @state, holder = @holder, lease_until = @leaseUntil, exit_code = @exitCode,
       reason = @reason,
       started_at = CASE @state WHEN 'running' THEN @at WHEN 'queued' THEN NULL ELSE started_at END,
       ended_at = CASE WHEN @state IN ('queued', 'running') THEN NULL ELSE @at END
     WHERE id = @id`,
  ).run({
    id,
    state: to.state,
    at: to.at,
    holder: to.holder ?? null,
    leaseUntil: to.leaseUntil ?? null,
    exitCode: to.exitCode ?? null,
    reason: to.reason ?? '',
  });
}

/** One more report was handed over. */
export function countReport(db: Db, id: number, bytes: number): void {
  const text = 'UPDATE check_runs SET reports_taken = reports_taken + 1, report_bytes = report_bytes + ? WHERE id = ?';
  sql(db, text).run(bytes, id);
}

/** Adds what a report counted. */
export function addTests(db: Db, id: number, { passed, failed, skipped }: TestCounts): void {
  sql(
    db,
    `UPDATE check_runs SET tests_passed = coalesce(tests_passed, 0) + @passed,
       tests_failed = coalesce(tests_failed, 0) + @failed, tests_skipped = coalesce(tests_skipped, 0) + @skipped
     WHERE id = @id`,
  ).run({ id, passed, failed, skipped });
}

/** Forgets what reports said: the run begins anew. */
export function forgetTests(db: Db, id: number): void {
  sql(
    db,
    `UPDATE check_runs SET reports_taken = 0, report_bytes = 0, tests_passed = NULL, tests_failed = NULL,
       tests_skipped = NULL WHERE id = ?`,
  ).run(id);
}

export function renewLease(db: Db, id: number, until: number): void {
  sql(db, 'UPDATE check_runs SET lease_until = ? WHERE id = ?').run(until, id);
}

/** A start of the forge: nobody could renew a lease while it was away. */
export function renewAllLeases(db: Db, until: number): void {
  sql(db, "UPDATE check_runs SET lease_until = max(lease_until, ?) WHERE state = 'running'").run(until);
}

/** An open run, with its repository and the place of its suite in the order. */
export interface OpenRun {
  readonly id: number;
  readonly suiteId: number;
  readonly repositoryId: number;
  readonly owner: RepoOwner;
  readonly priority: number;
  readonly queuedAt: number;
  readonly holder: string | null;
  readonly leaseUntil: number | null;
}

const OPEN_RUNS = `SELECT check_runs.id, suite_id AS suiteId, repository_id AS repositoryId, owner, priority,
    queued_at AS queuedAt, holder, lease_until AS leaseUntil
  FROM check_runs JOIN check_suites ON check_suites.id = suite_id JOIN repositories ON repositories.id = repository_id`;

const RUNNING = `${OPEN_RUNS} WHERE check_runs.state = 'running' ORDER BY check_runs.id`;

export function runningRuns(db: Db): OpenRun[] {
  return sql(db, RUNNING).all() as OpenRun[];
}

const WAITING = `${OPEN_RUNS} WHERE check_runs.state = 'queued' AND check_suites.state <> 'planning' ORDER BY check_runs.id`;

/** Queued runs that may begin: git keeps the commit of their suite. */
export function waitingRuns(db: Db): OpenRun[] {
  return sql(db, WAITING).all() as OpenRun[];
}

export function countOpenRuns(db: Db, repositoryId: number): number {
  const text = `SELECT count(*) AS count FROM check_runs JOIN check_suites ON check_suites.id = suite_id
    WHERE check_runs.state IN ('queued', 'running') AND repository_id = ?`;
  return (sql(db, text).get(repositoryId) as { count: number }).count;
}

const FLAKY = `SELECT 1 FROM (
    SELECT sum(check_runs.state = 'passed') AS good, sum(check_runs.state IN ('failed', 'timed_out')) AS bad
    FROM check_runs JOIN check_suites ON check_suites.id = suite_id
    WHERE repository_id = @repositoryId AND tree_oid = @tree AND check_runs.name = @name AND setup = @setup
      AND command = @command)
  WHERE good > 0 AND bad > 0`;

/** Whether a check has passed and failed for the same files, with the same commands. */
export function isFlaky(
  db: Db,
  of: { repositoryId: number; tree: string | null; name: string; setup: string; command: string },
): boolean {
  return of.tree !== null && sql(db, FLAKY).get(of) !== undefined;
}

const FLAKY_HISTORY = `SELECT 1 FROM check_runs AS this
    JOIN check_suites AS its ON its.id = this.suite_id
    JOIN check_suites AS suites ON suites.repository_id = its.repository_id AND suites.tree_oid IS NOT NULL
    JOIN check_runs AS runs ON runs.suite_id = suites.id AND runs.name = this.name AND runs.setup = this.setup
      AND runs.command = this.command
  WHERE this.id = ? GROUP BY suites.tree_oid
  HAVING sum(runs.state = 'passed') > 0 AND sum(runs.state IN ('failed', 'timed_out')) > 0 LIMIT 1`;

/** Whether a run's check, with the same commands, has passed and failed for the same files, whatever they were. */
export function hasFlakyHistory(db: Db, run: number): boolean {
  return sql(db, FLAKY_HISTORY).get(run) !== undefined;
}

export function viewRun(run: Run, flaky: boolean): CheckRun {
  const { id, name, required, state, attempt, why, queuedAt, startedAt, endedAt, exitCode, reason, tests } = run;
  const times = { queuedAt, startedAt, endedAt };
  return { id, check: name, required, state, attempt, why, ...times, exitCode, reason, flaky, tests };
}

/** Where a run belongs. */
export interface RunPlace {
  readonly owner: RepoOwner;
  readonly name: RepoName;
  readonly repositoryId: number;
}

export function placeOfRun(db: Db, id: number): RunPlace | null {
  const text = `SELECT owner, repositories.name, repositories.id AS repositoryId FROM check_runs
    JOIN check_suites ON check_suites.id = suite_id JOIN repositories ON repositories.id = repository_id
    WHERE check_runs.id = ?`;
  return (sql(db, text).get(id) as RunPlace | undefined) ?? null;
}

import type { Db } from '../../store/open-store.ts';
import { sql } from '../../store/statements.ts';

export type SuitePurpose = 'pull' | 'queue';
export type StoredSuiteState = 'planning' | 'none' | 'running' | 'passed' | 'failed' | 'cancelled';

/** A row of `check_suites`. */
export interface Suite {
  readonly id: number;
  readonly repositoryId: number;
  /** The commit that declares the checks, and the one that is checked. */
  readonly target: string;
  readonly commit: string;
  readonly purpose: SuitePurpose;
  readonly pull: number | null;
  readonly head: string | null;
  readonly priority: number;
  readonly state: StoredSuiteState;
  readonly trouble: string | null;
  readonly tree: string | null;
}

const COLUMNS = `check_suites.id, check_suites.repository_id AS repositoryId, target_oid AS target, commit_oid AS "commit",
  purpose, pull, head_oid AS head, priority, check_suites.state, trouble, tree_oid AS tree`;

const GET_SUITE = `SELECT ${COLUMNS} FROM check_suites WHERE id = ?`;

export function findSuite(db: Db, id: number): Suite | null {
  return (sql(db, GET_SUITE).get(id) as Suite | undefined) ?? null;
}

export type NewSuite = Pick<Suite, 'repositoryId' | 'target' | 'commit' | 'purpose' | 'pull' | 'head' | 'priority'> & {
  /** Epoch ms. */
  readonly at: number;
};

/**
 * The suite of these commits for this purpose, made if there is none. One that was cancelled is planned again; a higher
 * priority counts, a lower one changes nothing.
 */
export function askForSuite(db: Db, suite: NewSuite): number {
  const text = `INSERT INTO check_suites
      (repository_id, target_oid, commit_oid, purpose, pull, head_oid, priority, state, asked_at)
    VALUES (@repositoryId, @target, @commit, @purpose, @pull, @head, @priority, 'planning', @at)
    ON CONFLICT (repository_id, target_oid, commit_oid, purpose) DO UPDATE SET
      priority = max(priority, excluded.priority),
      pull = excluded.pull,
      head_oid = excluded.head_oid,
      ended_at = CASE state WHEN 'cancelled' THEN NULL ELSE ended_at END,
      state = CASE state WHEN 'cancelled' THEN 'planning' ELSE state END
    RETURNING id`;
  return (sql(db, text).get(suite) as { id: number }).id;
}

/** The suite of a pull request's head on a base; the newest one. */
export function suiteOfPull(
  db: Db,
  of: { repositoryId: number; pull: number; head: string; target: string },
): Suite | null {
  const text = `SELECT ${COLUMNS} FROM check_suites WHERE repository_id = @repositoryId AND pull = @pull
    AND head_oid = @head AND target_oid = @target AND purpose = 'pull' ORDER BY id DESC LIMIT 1`;
  return (sql(db, text).get(of) as Suite | undefined) ?? null;
}

/** The newest suite of a pull request, for whatever commits. */
export function newestSuiteOfPull(db: Db, repositoryId: number, pull: number): Suite | null {
  const text = `SELECT ${COLUMNS} FROM check_suites WHERE repository_id = ? AND pull = ? AND purpose = 'pull'
    ORDER BY id DESC LIMIT 1`;
  return (sql(db, text).get(repositoryId, pull) as Suite | undefined) ?? null;
}

/** Open suites of pull requests that are not open, are drafts, or have another head. */
export function unwantedSuites(db: Db): { id: number; pullId: number }[] {
  const text = `SELECT check_suites.id, pulls.id AS pullId FROM check_suites JOIN pulls
      ON pulls.repository_id = check_suites.repository_id AND pulls.number = check_suites.pull
    WHERE check_suites.state IN ('planning', 'running') AND purpose = 'pull'
      AND (pulls.state <> 'open' OR pulls.draft = 1 OR pulls.head_oid <> check_suites.head_oid)`;
  return sql(db, text).all() as { id: number; pullId: number }[];
}

/** Suites that nothing has ended, of one pull request. */
export function openSuitesOfPull(db: Db, repositoryId: number, pull: number): Suite[] {
  const text = `SELECT ${COLUMNS} FROM check_suites WHERE repository_id = ? AND pull = ? AND purpose = 'pull'
    AND state IN ('planning', 'running') ORDER BY id`;
  return sql(db, text).all(repositoryId, pull) as Suite[];
}

const PLANNING = `SELECT ${COLUMNS} FROM check_suites WHERE state = 'planning' ORDER BY id LIMIT ?`;

/** Suites whose file has not been read yet, the oldest first. */
export function planningSuites(db: Db, limit: number): Suite[] {
  return sql(db, PLANNING).all(limit) as Suite[];
}

/** Records what was found out about a suite. `endedAt` null: it goes on. */
export function setSuiteState(
  db: Db,
  id: number,
  to: { state: StoredSuiteState; endedAt: number | null; trouble?: string | null; tree?: string },
): void {
  sql(
    db,
    `UPDATE check_suites SET state = @state, ended_at = @endedAt, tree_oid = coalesce(@tree, tree_oid),
       trouble = CASE WHEN @keepsTrouble THEN trouble ELSE @trouble END WHERE id = @id`,
  ).run({
    id,
    state: to.state,
    endedAt: to.endedAt,
    tree: to.tree ?? null,
    trouble: to.trouble ?? null,
    keepsTrouble: to.trouble === undefined ? 1 : 0,
  });
}

/** The suites of a repository that have open runs, or may get some: their commits are still needed. */
export function neededSuites(db: Db, repositoryId: number): number[] {
  const text = `SELECT id FROM check_suites WHERE repository_id = @repositoryId AND (state IN ('planning', 'running')
    OR EXISTS (SELECT 1 FROM check_runs WHERE suite_id = check_suites.id AND check_runs.state IN ('queued', 'running')))`;
  return (sql(db, text).all({ repositoryId }) as { id: number }[]).map(({ id }) => id);
}

/** Deletes suites that ended before `before` (epoch ms), with their runs and logs. */
export function pruneSuites(db: Db, before: number): number {
  return sql(db, 'DELETE FROM check_suites WHERE ended_at < ?').run(before).changes;
}

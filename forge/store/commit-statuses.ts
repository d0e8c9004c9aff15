import type { CommitStatus, StatusState } from '../../protocol/schemas/status.ts';
import type { Db } from '../../store/open-store.ts';
import { sql } from '../../store/statements.ts';

const COLUMNS = `id, commit_oid AS "commit", context, set_by AS by, state, description, url, created_at AS createdAt,
  updated_at AS updatedAt`;

const OF_COMMIT = `SELECT ${COLUMNS} FROM commit_statuses WHERE repository_id = ? AND commit_oid = ?
  ORDER BY updated_at DESC, id DESC`;

/** What was said about a commit, the newest first. */
export function statusesOfCommit(db: Db, repositoryId: number, commit: string): CommitStatus[] {
  return sql(db, OF_COMMIT).all(repositoryId, commit) as CommitStatus[];
}

/** Stores a setter's word in a context, instead of the one before. */
export function putStatus(
  db: Db,
  status: Omit<CommitStatus, 'id' | 'createdAt' | 'updatedAt'> & { repositoryId: number; at: number },
): CommitStatus {
  const text = `INSERT INTO commit_statuses
      (repository_id, commit_oid, context, set_by, state, description, url, created_at, updated_at)
    VALUES (@repositoryId, @commit, @context, @by, @state, @description, @url, @at, @at)
    ON CONFLICT (repository_id, commit_oid, context, set_by) DO UPDATE SET
      state = excluded.state, description = excluded.description, url = excluded.url, updated_at = excluded.updated_at
    RETURNING ${COLUMNS}`;
  return sql(db, text).get(status) as CommitStatus;
}

/** The state that a setter gave before; null: none. */
export function stateBefore(
  db: Db,
  of: { repositoryId: number; commit: string; context: string; by: string },
): StatusState | null {
  const text = `SELECT state FROM commit_statuses
    WHERE repository_id = @repositoryId AND commit_oid = @commit AND context = @context AND set_by = @by`;
  return (sql(db, text).get(of) as { state: StatusState } | undefined)?.state ?? null;
}

/** The number of contexts in which a setter said something about a commit. */
export function countStatusesOf(db: Db, of: { repositoryId: number; commit: string; by: string }): number {
  const text = `SELECT count(*) AS count FROM commit_statuses
    WHERE repository_id = @repositoryId AND commit_oid = @commit AND set_by = @by`;
  return (sql(db, text).get(of) as { count: number }).count;
}

/** Deletes the words that a setter said longest ago, until `most` are left. */
export function keepNewestOfSetter(db: Db, of: { repositoryId: number; by: string; most: number }): void {
  sql(
    db,
    `DELETE FROM commit_statuses WHERE id IN (SELECT id FROM commit_statuses
       WHERE repository_id = @repositoryId AND set_by = @by ORDER BY updated_at DESC, id DESC LIMIT -1 OFFSET @most)`,
  ).run(of);
}

/** Deletes what was said last before `before` (epoch ms), except about the newest commit of an open pull request. */
export function pruneStatuses(db: Db, before: number): void {
  sql(
    db,
    `DELETE FROM commit_statuses WHERE updated_at < ? AND NOT EXISTS (SELECT 1 FROM pulls
       WHERE pulls.repository_id = commit_statuses.repository_id AND state = 'open' AND head_oid = commit_oid)`,
  ).run(before);
}

/** Everybody who has said something. */
export function statusSetters(db: Db): string[] {
  const rows = sql(db, 'SELECT DISTINCT set_by AS by FROM commit_statuses').all() as { by: string }[];
  return rows.map(({ by }) => by);
}

/** Deletes what a setter said before `before` (epoch ms). */
export function deleteStatusesOf(db: Db, by: string, before: number): void {
  sql(db, 'DELETE FROM commit_statuses WHERE set_by = ? AND updated_at < ?').run(by, before);
}

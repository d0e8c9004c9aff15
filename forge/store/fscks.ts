import * as z from 'zod';
import { type FsckFinding, fsckFinding } from '../../protocol/schemas/fsck.ts';
import type { Db } from '../../store/open-store.ts';
import { sql } from '../../store/statements.ts';

/** The last check of a repository. Times are epoch milliseconds. */
export interface FsckRow {
  readonly at: number;
  readonly tookMs: number;
  readonly findings: readonly FsckFinding[];
  readonly nextAt: number;
}

export function findFsck(db: Db, repositoryId: number): FsckRow | null {
  const text = `SELECT checked_at AS at, took_ms AS tookMs, findings, next_at AS nextAt FROM fscks WHERE repository_id = ?`;
  const row = sql(db, text).get(repositoryId) as (Omit<FsckRow, 'findings'> & { findings: string }) | undefined;
  return row === undefined ? null : { ...row, findings: z.array(fsckFinding).parse(JSON.parse(row.findings)) };
}

/** Does nothing when the repository is gone. */
export function putFsck(db: Db, repositoryId: number, row: FsckRow): void {
  sql(
    db,
    `INSERT OR REPLACE INTO fscks (repository_id, checked_at, took_ms, findings, next_at)
       SELECT @repositoryId, @at, @tookMs, @findings, @nextAt
       WHERE EXISTS (SELECT 1 FROM repositories WHERE id = @repositoryId)`,
  ).run({ ...row, repositoryId, findings: JSON.stringify(row.findings) });
}

/**
 * The repository whose check is due for the longest time; null: none is. A new one is due a week after it was made, one
 * that is due later than `latest` now: the clock was set back.
 */
export function nextDueFsck(
  db: Db,
  { now, latest, firstMs }: { now: number; latest: number; firstMs: number },
): number | null {
  const text = `SELECT repositories.id AS id FROM repositories LEFT JOIN fscks ON repository_id = repositories.id
    WHERE coalesce(next_at, created_at + @firstMs) <= @now OR next_at > @latest
    ORDER BY coalesce(next_at, created_at + @firstMs) LIMIT 1`;
  return (sql(db, text).get({ now, latest, firstMs }) as { id: number } | undefined)?.id ?? null;
}

/** The commits for which approvals of open pull requests count. */
export function approvedCommits(db: Db, repositoryId: number): { number: number; by: string; oid: string }[] {
  const text = `SELECT p.number, e.made_by AS "by", e.stands_for AS oid FROM pull_entries AS e JOIN pulls AS p ON p.id = e.pull_id
    WHERE p.repository_id = ? AND p.state = 'open' AND e.kind = 'approve' AND e.stands_for IS NOT NULL`;
  return sql(db, text).all(repositoryId) as { number: number; by: string; oid: string }[];
}

/** The commits of merge queues. */
export function laneCommits(db: Db, repositoryId: number): { number: number; oid: string }[] {
  const text = `SELECT p.number, q.commit_oid AS oid FROM queue_entries AS q JOIN pulls AS p ON p.id = q.pull_id
    WHERE q.repository_id = ? AND q.commit_oid IS NOT NULL`;
  return sql(db, text).all(repositoryId) as { number: number; oid: string }[];
}

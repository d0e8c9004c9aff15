import type { RunPurpose } from '../../protocol/schemas/queue.ts';
import type { Db } from '../../store/open-store.ts';
import { sql } from '../../store/statements.ts';
import type { QueuePlace } from './queue-entries.ts';

/** A row of `queue_batches`: a run of the checks on a commit of a lane. */
export interface Batch {
  readonly id: number;
  readonly commit: string;
  readonly suite: number;
  readonly purpose: RunPurpose;
  readonly tries: number;
  readonly size: number;
  readonly startedAt: number;
}

const COLUMNS = `id, commit_oid AS "commit", suite_id AS suite, purpose, tries, size, started_at AS startedAt`;

export function batchesOf(db: Db, { repositoryId, branch }: QueuePlace): Batch[] {
  const text = `SELECT ${COLUMNS} FROM queue_batches WHERE repository_id = @repositoryId AND branch = @branch ORDER BY id`;
  return sql(db, text).all({ repositoryId, branch }) as Batch[];
}

export function insertBatch(db: Db, batch: QueuePlace & Omit<Batch, 'id' | 'tries'>): void {
  sql(
    db,
    `INSERT INTO queue_batches (repository_id, branch, commit_oid, suite_id, purpose, size, started_at)
       VALUES (@repositoryId, @branch, @commit, @suite, @purpose, @size, @startedAt)`,
  ).run(batch);
}

/** Its checks run once more. */
export function countTry(db: Db, id: number): void {
  sql(db, 'UPDATE queue_batches SET tries = tries + 1 WHERE id = ?').run(id);
}

export function deleteBatch(db: Db, id: number): void {
  sql(db, 'DELETE FROM queue_batches WHERE id = ?').run(id);
}

/** The branch whose queue runs a suite; null: no queue does now. */
export function branchOfBatch(db: Db, suite: number): string | null {
  const row = sql(db, 'SELECT branch FROM queue_batches WHERE suite_id = ? ORDER BY id DESC LIMIT 1').get(suite);
  return (row as { branch: string } | undefined)?.branch ?? null;
}

import type { EntryKind } from '../../protocol/schemas/pull.ts';
import type { Db } from '../../store/open-store.ts';
import { sql } from '../../store/statements.ts';

/** An entry of a pull request's conversation: a review, or something that happened. */
export interface Entry {
  readonly id: number;
  readonly at: number;
  readonly by: string;
  readonly kind: EntryKind;
  readonly body: string;
  readonly oid: string;
  readonly path: string | null;
  readonly line: number | null;
}

export function addEntry(db: Db, pullId: number, entry: Omit<Entry, 'id'>): number {
  const { lastInsertRowid } = sql(
    db,
    `INSERT INTO pull_entries (pull_id, at, made_by, kind, body, oid, path, line)
       VALUES (@pullId, @at, @by, @kind, @body, @oid, @path, @line)`,
  ).run({ ...entry, pullId });
  return Number(lastInsertRowid);
}

const COLUMNS = 'id, at, made_by AS by, kind, body, oid, path, line';
const NEWEST = `SELECT ${COLUMNS} FROM pull_entries WHERE pull_id = ? ORDER BY id DESC LIMIT ?`;

/** The newest entries, oldest first. */
export function newestEntries(db: Db, pullId: number, limit: number): Entry[] {
  return (sql(db, NEWEST).all(pullId, limit) as Entry[]).reverse();
}

export function countEntries(db: Db, pullId: number): number {
  return (sql(db, 'SELECT count(*) AS count FROM pull_entries WHERE pull_id = ?').get(pullId) as { count: number })
    .count;
}

const JUDGEMENTS = `SELECT ${COLUMNS} FROM pull_entries
  WHERE id IN (SELECT max(id) FROM pull_entries WHERE pull_id = ? AND kind IN ('approve', 'request_changes') GROUP BY made_by)
  ORDER BY id`;

/** The last judgement of each reviewer. */
export function lastJudgements(db: Db, pullId: number): Entry[] {
  return sql(db, JUDGEMENTS).all(pullId) as Entry[];
}

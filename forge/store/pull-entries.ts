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
  /** Of an approval: where the head had left its base, and the head that it is for (keep-approvals.ts). */
  readonly fork: string | null;
  readonly standsFor: string | null;
  /** The entry that it answers. */
  readonly replyTo: number | null;
}

/** An entry that is no approval. */
export type PlainEntry = Omit<Entry, 'id' | 'fork' | 'standsFor' | 'replyTo'>;

/** `fork`: of an approval, which is for its commit from now on. */
export function addEntry(
  db: Db,
  pullId: number,
  entry: PlainEntry & { readonly fork?: string | null; readonly replyTo?: number | null },
): number {
  const { lastInsertRowid } = sql(
    db,
    `INSERT INTO pull_entries (pull_id, at, made_by, kind, body, oid, path, line, reply_to, fork, stands_for)
       VALUES (@pullId, @at, @by, @kind, @body, @oid, @path, @line, @replyTo, @fork,
         CASE @kind WHEN 'approve' THEN @oid END)`,
  ).run({ fork: null, replyTo: null, ...entry, pullId });
  return Number(lastInsertRowid);
}

const COLUMNS =
  'id, at, made_by AS by, kind, body, oid, path, line, fork, stands_for AS standsFor, reply_to AS replyTo';
const NEWEST = `SELECT ${COLUMNS} FROM pull_entries WHERE pull_id = ? ORDER BY id DESC LIMIT ?`;

/** The newest entries, oldest first. */
export function newestEntries(db: Db, pullId: number, limit: number): Entry[] {
  return (sql(db, NEWEST).all(pullId, limit) as Entry[]).reverse();
}

const FIND_ENTRY = `SELECT ${COLUMNS} FROM pull_entries WHERE pull_id = ? AND id = ?`;

export function findEntry(db: Db, pullId: number, id: number): Entry | null {
  return (sql(db, FIND_ENTRY).get(pullId, id) as Entry | undefined) ?? null;
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

/** The head that approvals are for, with where it left its base: of one, or of all of a pull request's but some. */
export function setStanding(
  db: Db,
  which: { readonly id: number } | { readonly pullId: number; readonly except: readonly number[] },
  standing: { readonly head: string; readonly fork: string } | null,
): void {
  const values = { head: standing?.head ?? null, fork: standing?.fork ?? null };
  if ('id' in which)
    sql(db, 'UPDATE pull_entries SET stands_for = @head, fork = @fork WHERE id = @id').run({ ...values, ...which });
  else
    sql(
      db,
      `UPDATE pull_entries SET stands_for = @head, fork = @fork
         WHERE pull_id = @pullId AND kind = 'approve' AND id NOT IN (SELECT value FROM json_each(@except))`,
    ).run({ ...values, pullId: which.pullId, except: JSON.stringify(which.except) });
}

const PAGE = `SELECT ${COLUMNS} FROM pull_entries
  WHERE pull_id = @pullId AND kind IN ('comment', 'approve', 'request_changes') AND (kind = 'comment' AND path IS NULL) = @plain
  ORDER BY id LIMIT @limit OFFSET @skip`;
const PAGE_TOTAL = `SELECT count(*) AS count FROM pull_entries
  WHERE pull_id = @pullId AND kind IN ('comment', 'approve', 'request_changes') AND (kind = 'comment' AND path IS NULL) = @plain`;

/** What people said, the oldest first: comments on the whole, or judgements and comments on files. */
export function saidEntries(
  db: Db,
  pullId: number,
  page: { plain: boolean; skip: number; limit: number },
): { entries: Entry[]; total: number } {
  const asked = { pullId, plain: page.plain ? 1 : 0 };
  const entries = sql(db, PAGE).all({ ...asked, skip: page.skip, limit: page.limit }) as Entry[];
  return { entries, total: (sql(db, PAGE_TOTAL).get(asked) as { count: number }).count };
}

const FIND = `SELECT ${COLUMNS} FROM pull_entries WHERE id = ? AND pull_id = ?`;

/** An entry of this conversation; null: it has none of that id. */
export function findEntryOf(db: Db, pullId: number, id: number): Entry | null {
  return (sql(db, FIND).get(id, pullId) as Entry | undefined) ?? null;
}

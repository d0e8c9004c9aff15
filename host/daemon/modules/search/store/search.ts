import type { SearchHit } from '../../../../../protocol/schemas/message.ts';
import type { Db } from '../../../../../store/open-store.ts';
import { getMeta, setMeta } from '../../../core/store/meta.ts';
import { sql } from '../../../../../store/statements.ts';

/** The id of the last indexed message. */
const UPTO = 'search.upto';

export function indexedUpto(db: Db): number {
  return Number(getMeta(db, UPTO) ?? 0);
}

export function lastMessageId(db: Db): number {
  return (sql(db, 'SELECT MAX(id) FROM messages').pluck().get() as number | null) ?? 0;
}

/** Indexes the next messages; returns how many. */
export function indexMore(db: Db, limit: number): number {
  const upto = indexedUpto(db);
  const rows = sql(db, 'SELECT id, body FROM messages WHERE id > ? ORDER BY id LIMIT ?').all(upto, limit) as {
    id: number;
    body: string;
  }[];
  const insert = sql(db, 'INSERT INTO message_words (rowid, body) VALUES (?, ?)');
  for (const row of rows) insert.run(row.id, row.body);
  const last = rows.at(-1);
  if (last !== undefined) setMeta(db, UPTO, String(last.id));
  return rows.length;
}

/** Call before a message is deleted: FTS5 needs its text to remove it from the index. */
export function forgetWords(db: Db, message: { id: number; body: string }): void {
  if (message.id > indexedUpto(db)) return;
  sql(db, "INSERT INTO message_words (message_words, rowid, body) VALUES ('delete', ?, ?)").run(
    message.id,
    message.body,
  );
}

/** The newest messages that match an FTS5 expression, whatever their sender and recipient. */
export function matchWords(db: Db, query: { expression: string; before: number; limit: number }): number[] {
  return sql(
    db,
    'SELECT rowid FROM message_words WHERE message_words MATCH ? AND rowid < ? ORDER BY rowid DESC LIMIT ?',
  )
    .pluck()
    .all(query.expression, query.before, query.limit) as number[];
}

/** The fields of a search hit, with the message's whole text. */
export function readHit(db: Db, id: number): (Omit<SearchHit, 'excerpt'> & { body: string }) | null {
  const row = sql(
    db,
    'SELECT id, thread, sender AS "from", recipient AS "to", kind, at, body FROM messages WHERE id = ?',
  ).get(id);
  return (row as (Omit<SearchHit, 'excerpt'> & { body: string }) | undefined) ?? null;
}

/** Whether the viewer sent or received the message since that time. */
export function isVisible(db: Db, message: number, viewer: { name: string; since: number }): boolean {
  return (
    sql(
      db,
      `SELECT 1 FROM messages m WHERE m.id = ? AND m.at >= ?
         AND (m.sender = ? OR EXISTS (SELECT 1 FROM deliveries d WHERE d.message_id = m.id AND d.recipient = ?))`,
    ).get(message, viewer.since, viewer.name, viewer.name) !== undefined
  );
}

import type { SearchHit } from '../../../protocol/schemas/message.ts';
import type { Db } from '../../../store/open-store.ts';
import { getMeta, setMeta } from './meta.ts';
import { sql } from './statements.ts';

/** The last message whose words are known. */
const UPTO = 'search.upto';

export function indexedUpto(db: Db): number {
  return Number(getMeta(db, UPTO) ?? 0);
}

export function lastMessageId(db: Db): number {
  return (sql(db, 'SELECT MAX(id) FROM messages').pluck().get() as number | null) ?? 0;
}

/** Takes in the words of the next messages; returns how many there were. */
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

/** A message is about to be deleted: its words go first, as FTS5 wants it told. */
export function forgetWords(db: Db, message: { id: number; body: string }): void {
  if (message.id > indexedUpto(db)) return;
  sql(db, "INSERT INTO message_words (message_words, rowid, body) VALUES ('delete', ?, ?)").run(
    message.id,
    message.body,
  );
}

/** The newest messages that match an FTS5 expression, whoever they are between. */
export function matchWords(db: Db, query: { expression: string; before: number; limit: number }): number[] {
  return sql(
    db,
    'SELECT rowid FROM message_words WHERE message_words MATCH ? AND rowid < ? ORDER BY rowid DESC LIMIT ?',
  )
    .pluck()
    .all(query.expression, query.before, query.limit) as number[];
}

const HIT = `SELECT m.id, m.thread, m.sender AS "from", m.recipient AS "to", m.kind, m.at, snippet(message_words, 0, '', '', '…', 24) AS excerpt
  FROM message_words JOIN messages m ON m.id = message_words.rowid WHERE message_words MATCH @expression`;

/**
 * Some of the messages that match, newest first, with the words around the match. Whole words are looked up for one
 * message after another, which costs the same in any hive; the beginnings of words are not, as FTS5 gathers all that
 * begin so for each look.
 */
export function readHits(db: Db, found: { expression: string; ids: readonly number[] }): SearchHit[] {
  const { expression, ids } = found;
  if (!expression.includes('*')) {
    const one = sql(db, `${HIT} AND message_words.rowid = @id`);
    return ids.flatMap((id) => (one.get({ expression, id }) as SearchHit | undefined) ?? []);
  }
  return sql(
    db,
    `${HIT} AND message_words.rowid BETWEEN @least AND @most
       AND +message_words.rowid IN (SELECT value FROM json_each(@ids)) ORDER BY message_words.rowid DESC`,
  ).all({ expression, least: ids.at(-1) ?? 0, most: ids[0] ?? 0, ids: JSON.stringify(ids) }) as SearchHit[];
}

/** Whether somebody sent or received a message since then. */
export function isVisible(db: Db, message: number, viewer: { name: string; since: number }): boolean {
  return (
    sql(
      db,
      `SELECT 1 FROM messages m WHERE m.id = ? AND m.at >= ?
         AND (m.sender = ? OR EXISTS (SELECT 1 FROM deliveries d WHERE d.message_id = m.id AND d.recipient = ?))`,
    ).get(message, viewer.since, viewer.name, viewer.name) !== undefined
  );
}

import type { MessageKind, MessageView, Receipt, ThreadView } from '../../../protocol/schemas/message.ts';
import type { Db } from '../../../store/open-store.ts';
import { sql } from './statements.ts';

export interface NewMessage {
  thread: number | null;
  inReplyTo: number | null;
  sender: string;
  recipient: string;
  kind: MessageKind;
  body: string;
  key: string | null;
  at: number;
}

/**
 * Stores a message; one without a thread begins its own. Which id it will get is AUTOINCREMENT's own
 * count and one, read in the same statement, so that the thread costs no second write.
 */
export function insertMessage(db: Db, message: NewMessage): { id: number; thread: number } {
  const { lastInsertRowid } = sql(
    db,
    `INSERT INTO messages (thread, in_reply_to, sender, recipient, kind, body, key, at)
     VALUES (COALESCE(?, (SELECT seq FROM sqlite_sequence WHERE name = 'messages') + 1, 1), ?, ?, ?, ?, ?, ?, ?)`,
  ).run(
    message.thread,
    message.inReplyTo,
    message.sender,
    message.recipient,
    message.kind,
    message.body,
    message.key,
    message.at,
  );
  const id = Number(lastInsertRowid);
  return { id, thread: message.thread ?? id };
}

export interface MessageRow {
  id: number;
  thread: number;
  inReplyTo: number | null;
  from: string;
  to: string;
  kind: MessageKind;
  body: string;
  at: number;
}

const COLUMNS =
  'm.id, m.thread, m.in_reply_to AS inReplyTo, m.sender AS "from", m.recipient AS "to", m.kind, m.body, m.at';

export function findByKey(db: Db, sender: string, key: string): MessageRow | null {
  return (
    (sql(db, `SELECT ${COLUMNS} FROM messages m WHERE sender = ? AND key = ?`).get(sender, key) as
      | MessageRow
      | undefined) ?? null
  );
}

export function findMessage(db: Db, id: number): MessageRow | null {
  return (sql(db, `SELECT ${COLUMNS} FROM messages m WHERE id = ?`).get(id) as MessageRow | undefined) ?? null;
}

/** A message's thread, if `viewer` sent or received the message since `since`; null otherwise. */
export function threadVisibleTo(db: Db, id: number, viewer: { name: string; since: number }): number | null {
  const thread = sql(
    db,
    `SELECT m.thread FROM messages m WHERE m.id = ? AND m.at >= ?
       AND (m.sender = ? OR EXISTS (SELECT 1 FROM deliveries d WHERE d.message_id = m.id AND d.recipient = ?))`,
  )
    .pluck()
    .get(id, viewer.since, viewer.name, viewer.name) as number | undefined;
  return thread ?? null;
}

/** The newest messages of a thread that a viewer sent or received, oldest first, with their receipts. */
export function visibleThread(
  db: Db,
  query: { thread: number; viewer: { name: string; since: number }; limit: number },
): MessageView[] {
  const rows = sql(
    db,
    `SELECT ${COLUMNS} FROM messages m WHERE m.thread = ? AND m.at >= ?
       AND (m.sender = ? OR EXISTS (SELECT 1 FROM deliveries d WHERE d.message_id = m.id AND d.recipient = ?))
     ORDER BY m.id DESC LIMIT ?`,
  ).all(query.thread, query.viewer.since, query.viewer.name, query.viewer.name, query.limit) as MessageRow[];
  return withReceipts(db, rows.reverse());
}

export function wholeThread(db: Db, thread: number): MessageView[] {
  const rows = sql(db, `SELECT ${COLUMNS} FROM messages m WHERE m.thread = ? ORDER BY m.id`).all(
    thread,
  ) as MessageRow[];
  return withReceipts(db, rows);
}

/** Newest first; all messages, or only those for or from `of`. */
export function listMessages(db: Db, query: { of: string | null; before: number; limit: number }): MessageView[] {
  const { of, before, limit } = query;
  if (of === null)
    return withReceipts(
      db,
      sql(db, `SELECT ${COLUMNS} FROM messages m WHERE m.id < ? ORDER BY m.id DESC LIMIT ?`).all(
        before,
        limit,
      ) as MessageRow[],
    );
  // Each half is an index walk from the newest end; the union of two short lists is cut again.
  const rows = sql(
    db,
    `SELECT ${COLUMNS} FROM messages m WHERE m.id IN (
       SELECT id FROM (SELECT id FROM messages WHERE sender = @of AND id < @before ORDER BY id DESC LIMIT @limit)
       UNION
       SELECT message_id FROM (SELECT message_id FROM deliveries WHERE recipient = @of AND message_id < @before ORDER BY message_id DESC LIMIT @limit)
     ) ORDER BY m.id DESC LIMIT @limit`,
  ).all({ of, before, limit }) as MessageRow[];
  return withReceipts(db, rows);
}

export function listThreads(db: Db, query: { of: string | null; limit: number }): ThreadView[] {
  const { of, limit } = query;
  const ids = (
    of === null
      ? sql(db, 'SELECT thread FROM messages GROUP BY thread ORDER BY MAX(id) DESC LIMIT ?').pluck().all(limit)
      : sql(
          db,
          `SELECT thread FROM messages WHERE id IN (
             SELECT id FROM messages WHERE sender = @of UNION SELECT message_id FROM deliveries WHERE recipient = @of)
           GROUP BY thread ORDER BY MAX(id) DESC LIMIT @limit`,
        )
          .pluck()
          .all({ of, limit })
  ) as number[];
  return ids.map((id) => threadHead(db, id));
}

export function threadHead(db: Db, thread: number): ThreadView {
  const facts = sql(
    db,
    'SELECT COUNT(*) AS messages, MIN(at) AS firstAt, MAX(at) AS lastAt FROM messages WHERE thread = ?',
  ).get(thread) as { messages: number; firstAt: number; lastAt: number };
  const first = sql(db, 'SELECT body FROM messages WHERE thread = ? ORDER BY id LIMIT 1').pluck().get(thread) as string;
  const lastFrom = sql(db, 'SELECT sender FROM messages WHERE thread = ? ORDER BY id DESC LIMIT 1')
    .pluck()
    .get(thread) as string;
  const states = sql(
    db,
    `SELECT COALESCE(SUM(d.state IN ('queued', 'leased')), 0) AS open, COALESCE(SUM(d.state = 'dead'), 0) AS dead
     FROM messages m JOIN deliveries d ON d.message_id = m.id WHERE m.thread = ?`,
  ).get(thread) as { open: number; dead: number };
  const participants = sql(
    db,
    `SELECT sender FROM messages WHERE thread = @thread
     UNION SELECT d.recipient FROM messages m JOIN deliveries d ON d.message_id = m.id WHERE m.thread = @thread ORDER BY 1`,
  )
    .pluck()
    .all({ thread }) as string[];
  return { id: thread, participants, subject: firstLine(first), lastFrom, ...facts, ...states } as ThreadView;
}

function firstLine(body: string): string {
  const line = body.trimStart().split('\n', 1)[0] ?? '';
  return line.length > 120 ? `${line.slice(0, 119)}…` : line;
}

function withReceipts(db: Db, rows: readonly MessageRow[]): MessageView[] {
  const statement = sql(
    db,
    `SELECT d.recipient, d.state, d.attempts, d.turn_id AS turn, d.leased_at AS leasedAt, d.in_context_at AS inContextAt,
       d.ended_at AS endedAt, d.note FROM deliveries d WHERE d.message_id = ? ORDER BY d.recipient`,
  );
  return rows.map((row) => {
    const receipts = statement.all(row.id) as Omit<Receipt, 'storedAt'>[];
    return { ...row, receipts: receipts.map((receipt) => ({ ...receipt, storedAt: row.at })) } as MessageView;
  });
}

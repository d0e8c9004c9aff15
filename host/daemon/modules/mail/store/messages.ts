import {
  type MessageData,
  messageData,
  type MessageKind,
  type MessageView,
  PRIORITIES,
  type Receipt,
} from '../../../../../protocol/schemas/message.ts';
import type { Db } from '../../../../../store/open-store.ts';
import type { ChainPlace } from '../../loops/queries.ts';
import { sql } from '../../../../../store/statements.ts';

export interface NewMessage {
  thread: number | null;
  inReplyTo: number | null;
  sender: string;
  recipient: string;
  kind: MessageKind;
  /** 0 critical … 3 low; null when undeclared. */
  priority: number | null;
  body: string;
  key: string | null;
  at: number;
  turn: number | null;
  data: MessageData | null;
  place: ChainPlace;
}

/**
 * Stores a message; without a thread it begins its own. Its id is predicted in the same statement
 * (AUTOINCREMENT's counter plus one), so that setting the thread costs no second write.
 */
export function insertMessage(db: Db, message: NewMessage): { id: number; thread: number } {
  const { lastInsertRowid } = sql(
    db,
    `INSERT INTO messages (thread, in_reply_to, sender, recipient, kind, priority, body, key, at, turn_id, data, hops, idle_hops, chain)
     VALUES (COALESCE(?, (SELECT seq FROM sqlite_sequence WHERE name = 'messages') + 1, 1), ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  ).run(
    message.thread,
    message.inReplyTo,
    message.sender,
    message.recipient,
    message.kind,
    message.priority,
    message.body,
    message.key,
    message.at,
    message.turn,
    message.data === null ? null : JSON.stringify(message.data),
    message.place.hops,
    message.place.idleHops,
    message.place.chain,
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
  priority: (typeof PRIORITIES)[number] | null;
  body: string;
  at: number;
  turn: number | null;
  data: MessageData;
}

/** The columns of a message row under the names of `MessageRow`; `data` and `priority` still encoded. */
export const MESSAGE_COLUMNS = `m.id, m.thread, m.in_reply_to AS inReplyTo, m.sender AS "from", m.recipient AS "to", m.kind,
  m.priority, m.body, m.at, m.turn_id AS turn, m.data`;

type Raw = Omit<MessageRow, 'priority' | 'data'> & { priority: number | null; data: string | null };

/** Decodes the columns that are stored as numbers or JSON. */
export function decodeRow<T extends { priority: number | null; data: string | null }>(
  raw: T,
): Omit<T, 'priority' | 'data'> & Pick<MessageRow, 'priority' | 'data'> {
  return {
    ...raw,
    priority: raw.priority === null ? null : (PRIORITIES[raw.priority] ?? null),
    data: raw.data === null ? {} : messageData.parse(JSON.parse(raw.data)),
  };
}

const FIND_BY_KEY = `SELECT ${MESSAGE_COLUMNS} FROM messages m WHERE sender = ? AND key = ?`;

export function findByKey(db: Db, sender: string, key: string): MessageRow | null {
  const raw = sql(db, FIND_BY_KEY).get(sender, key);
  return raw === undefined ? null : decodeRow(raw as Raw);
}

/** Frees the key for reuse; the message stays. */
export function forgetKey(db: Db, id: number): void {
  sql(db, 'UPDATE messages SET key = NULL WHERE id = ?').run(id);
}

const FIND_MESSAGE = `SELECT ${MESSAGE_COLUMNS} FROM messages m WHERE id = ?`;

export function findMessage(db: Db, id: number): MessageRow | null {
  const raw = sql(db, FIND_MESSAGE).get(id);
  return raw === undefined ? null : decodeRow(raw as Raw);
}

const VISIBLE = `m.at >= ? AND (m.sender = ? OR EXISTS (SELECT 1 FROM deliveries d WHERE d.message_id = m.id AND d.recipient = ?))`;

const THREAD_VISIBLE_TO = `SELECT m.thread FROM messages m WHERE m.id = ? AND ${VISIBLE}`;

/** A message's thread, if `viewer` sent or received the message at or after `since`; null otherwise. */
export function threadVisibleTo(db: Db, id: number, viewer: { name: string; since: number }): number | null {
  const thread = sql(db, THREAD_VISIBLE_TO).pluck().get(id, viewer.since, viewer.name, viewer.name) as
    | number
    | undefined;
  return thread ?? null;
}

/**
 * Maximum number of receipts per message when an agent reads a thread: a message to hundreds has hundreds.
 */
const FEW_RECEIPTS = 20;

const VISIBLE_THREAD = `SELECT ${MESSAGE_COLUMNS} FROM messages m WHERE m.thread = ? AND ${VISIBLE} ORDER BY m.id DESC LIMIT ?`;

/** The newest messages of a thread that a viewer sent or received, oldest first, each with its first receipts. */
export function visibleThread(
  db: Db,
  query: { thread: number; viewer: { name: string; since: number }; limit: number },
): MessageView[] {
  const { thread, viewer, limit } = query;
  const rows = sql(db, VISIBLE_THREAD).all(thread, viewer.since, viewer.name, viewer.name, limit) as Raw[];
  return rows.reverse().map((raw) => withFewReceipts(db, raw));
}

const PAGE_OF_THREAD = `SELECT ${MESSAGE_COLUMNS} FROM messages m WHERE m.thread = ? AND m.id < ? ORDER BY m.id DESC LIMIT ?`;

/** The newest messages of a thread before one of them, oldest first. */
export function pageOfThread(db: Db, query: { thread: number; before: number; limit: number }): MessageView[] {
  const rows = sql(db, PAGE_OF_THREAD).all(query.thread, query.before, query.limit) as Raw[];
  return withReceipts(db, rows.reverse());
}

const VIEW_MESSAGE = `SELECT ${MESSAGE_COLUMNS} FROM messages m WHERE m.id = ?`;

export function viewMessage(db: Db, id: number): MessageView | null {
  const rows = sql(db, VIEW_MESSAGE).all(id) as Raw[];
  return withReceipts(db, rows)[0] ?? null;
}

const LIST_MESSAGES = `SELECT ${MESSAGE_COLUMNS} FROM messages m WHERE m.id < ? ORDER BY m.id DESC LIMIT ?`;

const LIST_MESSAGES_OF = `SELECT ${MESSAGE_COLUMNS} FROM messages m WHERE m.id IN (
       SELECT id FROM (SELECT id FROM messages WHERE sender = @of AND id < @before ORDER BY id DESC LIMIT @limit)
       UNION
       SELECT message_id FROM (SELECT message_id FROM deliveries WHERE recipient = @of AND message_id < @before ORDER BY message_id DESC LIMIT @limit)
     ) ORDER BY m.id DESC LIMIT @limit`;

/** Messages, newest first; with `of`, only those from or to that name. */
export function listMessages(db: Db, query: { of: string | null; before: number; limit: number }): MessageView[] {
  const { of, before, limit } = query;
  if (of === null) return withReceipts(db, sql(db, LIST_MESSAGES).all(before, limit) as Raw[]);
  // Each half walks an index from the newest end; the union of the two short lists is limited again.
  const rows = sql(db, LIST_MESSAGES_OF).all({ of, before, limit }) as Raw[];
  return withReceipts(db, rows);
}

/** A receipt's columns for a delivery `d` of a message that was stored at `at`. */
const RECEIPT_COLUMNS = `d.id AS delivery, d.recipient, d.state, d.copy, d.attempts, d.turn_id AS turn, d.woken_at AS wokenAt,
  d.leased_at AS leasedAt, d.in_context_at AS inContextAt, d.ended_at AS endedAt, d.expires_at AS expiresAt,
  d.held_until AS heldUntil, d.note, d.state = 'queued' AND d.wakes = 0 AS rides`;

const RECEIPTS_OF = `SELECT ${RECEIPT_COLUMNS} FROM deliveries d WHERE d.message_id = ? ORDER BY d.recipient LIMIT ?`;

/** The receipts of a message, one per recipient (SQLite reads a limit of -1 as none). */
export function receiptsOf(db: Db, message: { id: number; at: number }, limit = -1): Receipt[] {
  const rows = sql(db, RECEIPTS_OF).all(message.id, limit) as (Omit<Receipt, 'storedAt' | 'copy' | 'rides'> & {
    copy: number;
    rides: number;
  })[];
  return rows.map(({ rides, ...row }) => ({
    ...row,
    copy: row.copy === 1,
    storedAt: message.at,
    ...(rides === 1 ? { rides: true as const } : {}),
  }));
}

function withReceipts(db: Db, rows: readonly Raw[]): MessageView[] {
  return rows.map((raw) => ({ ...decodeRow(raw), receipts: receiptsOf(db, raw) }) as MessageView);
}

function withFewReceipts(db: Db, raw: Raw): MessageView {
  const receipts = receiptsOf(db, raw, FEW_RECEIPTS);
  const view = { ...decodeRow(raw), receipts } as MessageView;
  if (receipts.length < FEW_RECEIPTS) return view;
  const all = sql(db, 'SELECT COUNT(*) FROM deliveries WHERE message_id = ?').pluck().get(raw.id) as number;
  return all > FEW_RECEIPTS ? { ...view, receiptsLeftOut: all - FEW_RECEIPTS } : view;
}

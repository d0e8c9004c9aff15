import type { ReminderView } from '../../../../../protocol/schemas/reminder.ts';
import type { Db } from '../../../../../store/open-store.ts';
import { sql } from '../../../../../store/statements.ts';

/** A reminder to be stored; times are epoch ms. */
export interface NewReminder {
  /** Who set it. */
  owner: string;
  /** Whose mailbox receives it. */
  recipient: string;
  dueAt: number;
  body: string;
  file: { name: string; hash: string } | null;
  at: number;
}

export function insertReminder(db: Db, reminder: NewReminder): number {
  const { owner, recipient, dueAt, body, file, at } = reminder;
  const result = sql(
    db,
    `INSERT INTO reminders (owner, recipient, due_at, body, state, hash, file_name, created_at)
     VALUES (?, ?, ?, ?, 'standing', ?, ?, ?)`,
  ).run(owner, recipient, dueAt, body, file?.hash ?? null, file?.name ?? null, at);
  return Number(result.lastInsertRowid);
}

const COLUMNS = `r.id, r.owner, r.recipient AS "to", r.body, r.due_at AS dueAt, r.state, r.message_id AS message,
  r.created_at AS createdAt, r.hash, r.file_name AS name, b.bytes`;
const FROM = 'FROM reminders r LEFT JOIN blobs b ON b.hash = r.hash';

type Raw = Omit<ReminderView, 'attachment'> & { hash: string | null; name: string | null; bytes: number | null };

function fromRaw({ hash, name, bytes, ...rest }: Raw): ReminderView {
  const attachment = hash === null || name === null ? null : { name, hash, bytes: bytes ?? 0 };
  return { ...rest, attachment };
}

const FIND_REMINDER = `SELECT ${COLUMNS} ${FROM} WHERE r.id = ?`;

export function findReminder(db: Db, id: number): ReminderView | null {
  const raw = sql(db, FIND_REMINDER).get(id) as Raw | undefined;
  return raw === undefined ? null : fromRaw(raw);
}

const STANDING_OF = `SELECT ${COLUMNS} ${FROM} WHERE r.owner = ? AND r.state = 'standing' ORDER BY r.due_at, r.id`;

/** An owner's standing reminders, the next one due first. */
export function standingOf(db: Db, owner: string): ReminderView[] {
  const rows = sql(db, STANDING_OF).all(owner) as Raw[];
  return rows.map(fromRaw);
}

const LIST_STANDING = `SELECT ${COLUMNS} ${FROM} WHERE r.state = 'standing' ORDER BY r.due_at, r.id LIMIT ?`;

const LIST_IN_STATE = `SELECT ${COLUMNS} ${FROM} WHERE r.state = ? ORDER BY r.id DESC LIMIT ?`;

/** Each half walks an index in the requested order; the union of two short lists is limited again. */
function listOf(order: string): string {
  const half = (column: 'owner' | 'recipient') =>
    `SELECT id FROM (SELECT id FROM reminders WHERE ${column} = @of AND state = @state ORDER BY ${order} LIMIT @limit)`;
  return `SELECT ${COLUMNS} ${FROM} WHERE r.id IN (${half('owner')} UNION ${half('recipient')})
    ORDER BY ${order.replaceAll(/\b(due_at|id)\b/g, 'r.$1')} LIMIT @limit`;
}
const LIST_STANDING_OF = listOf('due_at, id');
const LIST_IN_STATE_OF = listOf('due_at DESC, id DESC');

/**
 * Reminders in a state, all or those set by or for `of`: standing ones by their time, others newest first.
 */
export function listReminders(
  db: Db,
  query: { of: string | null; state: ReminderView['state']; limit: number },
): ReminderView[] {
  const { of, state, limit } = query;
  if (of === null) {
    const rows = state === 'standing' ? sql(db, LIST_STANDING).all(limit) : sql(db, LIST_IN_STATE).all(state, limit);
    return (rows as Raw[]).map(fromRaw);
  }
  const rows = sql(db, state === 'standing' ? LIST_STANDING_OF : LIST_IN_STATE_OF).all({ of, state, limit });
  return (rows as Raw[]).map(fromRaw);
}

/** The number of standing reminders; all, or those set by or for `of`. */
export function countStanding(db: Db, of: string | null): number {
  const counted =
    of === null
      ? sql(db, "SELECT COUNT(*) FROM reminders WHERE state = 'standing'").pluck().get()
      : sql(
          db,
          `SELECT (SELECT COUNT(*) FROM reminders WHERE owner = @of AND state = 'standing')
             + (SELECT COUNT(*) FROM reminders WHERE recipient = @of AND state = 'standing' AND owner <> @of)`,
        )
          .pluck()
          .get({ of });
  return counted as number;
}

export function setReminder(db: Db, id: number, reminder: { dueAt: number; body: string }): void {
  sql(db, 'UPDATE reminders SET due_at = ?, body = ? WHERE id = ?').run(reminder.dueAt, reminder.body, id);
}

export function markCancelled(db: Db, id: number): void {
  sql(db, "UPDATE reminders SET state = 'cancelled' WHERE id = ?").run(id);
}

export function markFired(db: Db, id: number, messageId: number): void {
  sql(db, "UPDATE reminders SET state = 'fired', message_id = ? WHERE id = ?").run(messageId, id);
}

/** When the next reminder is due (epoch ms); null when none stands. One index step, whatever their number. */
export function nextReminderAt(db: Db): number | null {
  return sql(db, "SELECT MIN(due_at) FROM reminders WHERE state = 'standing'").pluck().get() as number | null;
}

const DUE_REMINDERS = `SELECT ${COLUMNS} ${FROM} WHERE r.state = 'standing' AND r.due_at <= ? ORDER BY r.due_at, r.id LIMIT ?`;

/** Due reminders, in order of their times. */
export function dueReminders(db: Db, now: number, limit: number): ReminderView[] {
  const rows = sql(db, DUE_REMINDERS).all(now, limit) as Raw[];
  return rows.map(fromRaw);
}

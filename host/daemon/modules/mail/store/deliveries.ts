import type { DeliveryState, MessageView } from '../../../../../protocol/schemas/message.ts';
import type { Db } from '../../../../../store/open-store.ts';
import { sql } from '../../../../../store/statements.ts';
import { viewMessage } from './messages.ts';

export interface NewDelivery {
  recipient: string;
  /** Sort key, smallest first (in the range of epoch ms). */
  orderKey: number;
  /** 0 critical … 3 low as declared; 2 when undeclared. */
  urgency: number;
  copy: boolean;
  bytes: number;
  expiresAt: number | null;
  heldUntil: number | null;
  note: string | null;
  /** Whether it starts a turn by itself. */
  wakes: boolean;
}

export function insertDelivery(db: Db, messageId: number, delivery: NewDelivery): void {
  sql(
    db,
    `INSERT INTO deliveries (message_id, recipient, state, order_key, urgency, copy, bytes, expires_at, held_until, note, wakes)
     VALUES (?, ?, 'queued', ?, ?, ?, ?, ?, ?, ?, ?)`,
  ).run(
    messageId,
    delivery.recipient,
    delivery.orderKey,
    delivery.urgency,
    delivery.copy ? 1 : 0,
    delivery.bytes,
    delivery.expiresAt,
    delivery.heldUntil,
    delivery.note,
    delivery.wakes ? 1 : 0,
  );
}

export function recipientsOf(db: Db, messageId: number): string[] {
  return sql(db, 'SELECT recipient FROM deliveries WHERE message_id = ? ORDER BY recipient')
    .pluck()
    .all(messageId) as string[];
}

export interface Ended {
  messageId: number;
  recipient: string;
  attempts: number;
  state: 'queued' | 'dead' | 'expired' | 'withdrawn';
}

/** The columns of `Ended`, for statements that end deliveries. */
export const ENDED = 'RETURNING message_id AS messageId, recipient, attempts, state';

const KILL_ALL_FOR = `UPDATE deliveries SET state = 'dead', ended_at = ?, note = ?
     WHERE recipient = ? AND state IN ('queued', 'leased') ${ENDED}`;

/** Marks all queued deliveries of a destroyed agent as dead. */
export function killAllFor(db: Db, recipient: string, facts: { reason: string; at: number }): Ended[] {
  return sql(db, KILL_ALL_FOR).all(facts.at, facts.reason, recipient) as Ended[];
}

/** The columns of `Chosen`. */
export const CHOSEN_COLUMNS = 'id AS delivery, message_id AS messageId, recipient, state';

export interface Chosen {
  delivery: number;
  messageId: number;
  recipient: string;
  state: string;
}

const FIND_DELIVERY = `SELECT ${CHOSEN_COLUMNS} FROM deliveries WHERE id = ?`;

export function findDelivery(db: Db, id: number): Chosen | null {
  const row = sql(db, FIND_DELIVERY).get(id);
  return (row as Chosen | undefined) ?? null;
}

export function withdrawDelivery(db: Db, delivery: number, facts: { at: number; note: string }): void {
  sql(
    db,
    "UPDATE deliveries SET state = 'withdrawn', ended_at = ?, note = ? WHERE id = ? AND state IN ('queued', 'leased', 'dead')",
  ).run(facts.at, facts.note, delivery);
}

const QUEUED_OF = `SELECT ${CHOSEN_COLUMNS} FROM deliveries
  WHERE recipient = @recipient AND state = 'queued' ORDER BY order_key, id LIMIT @limit`;

/** Queued deliveries of one recipient, oldest first, including held ones. */
export function queuedOf(db: Db, query: { recipient: string; limit: number }): Chosen[] {
  return sql(db, QUEUED_OF).all(query) as Chosen[];
}

/** The operator's unread messages, oldest first. */
export function unreadOf(db: Db, recipient: string, limit: number): MessageView[] {
  const ids = sql(
    db,
    "SELECT message_id FROM deliveries WHERE recipient = ? AND state = 'queued' ORDER BY order_key, id LIMIT ?",
  )
    .pluck()
    .all(recipient, limit) as number[];
  return ids.flatMap((id) => {
    const message = viewMessage(db, id);
    if (message === null) return [];
    return [{ ...message, receipts: message.receipts.filter((receipt) => receipt.recipient === recipient) }];
  });
}

export function markRead(db: Db, recipient: string, facts: { ids: readonly number[]; at: number }): number[] {
  const statement = sql(
    db,
    "UPDATE deliveries SET state = 'done', ended_at = ? WHERE message_id = ? AND recipient = ? AND state = 'queued'",
  );
  return facts.ids.filter((id) => statement.run(facts.at, id, recipient).changes > 0);
}

/** The turn that has a message of a recipient, or had it last; null when there is none. */
export function turnOfDelivery(db: Db, messageId: number, recipient: string): number | null {
  const turn = sql(db, 'SELECT turn_id FROM deliveries WHERE message_id = ? AND recipient = ?')
    .pluck()
    .get(messageId, recipient);
  return (turn as number | null | undefined) ?? null;
}

/** Whether a message waits in this mailbox without starting a turn. */
export function ridesAlong(db: Db, messageId: number, recipient: string): boolean {
  return (
    sql(db, "SELECT 1 FROM deliveries WHERE message_id = ? AND recipient = ? AND state = 'queued' AND wakes = 0").get(
      messageId,
      recipient,
    ) !== undefined
  );
}

export function deliveryStateOf(db: Db, messageId: number, recipient: string): DeliveryState | null {
  const state = sql(db, 'SELECT state FROM deliveries WHERE message_id = ? AND recipient = ?')
    .pluck()
    .get(messageId, recipient);
  return (state as DeliveryState | undefined) ?? null;
}

import type { Delivered, DeliveryState, MessageView } from '../../../protocol/schemas/message.ts';
import type { Db } from '../../../store/open-store.ts';
import { findMessage } from './messages.ts';
import { sql } from './statements.ts';

export function insertDelivery(db: Db, messageId: number, recipient: string): void {
  sql(db, "INSERT INTO deliveries (message_id, recipient, state) VALUES (?, ?, 'queued')").run(messageId, recipient);
}

export function recipientsOf(db: Db, messageId: number): string[] {
  return sql(db, 'SELECT recipient FROM deliveries WHERE message_id = ? ORDER BY recipient')
    .pluck()
    .all(messageId) as string[];
}

interface Waiting {
  delivery: number;
  messageId: number;
  attempts: number;
  bytes: number;
}

/** The oldest waiting deliveries, with the size of their text in bytes. */
export function waitingFor(db: Db, recipient: string, limit: number): Waiting[] {
  return sql(
    db,
    `SELECT d.id AS delivery, d.message_id AS messageId, d.attempts, octet_length(m.body) AS bytes
     FROM deliveries d JOIN messages m ON m.id = d.message_id
     WHERE d.recipient = ? AND d.state = 'queued' ORDER BY d.id LIMIT ?`,
  ).all(recipient, limit) as Waiting[];
}

export function isWaiting(db: Db, recipient: string): boolean {
  return (
    sql(db, "SELECT 1 FROM deliveries WHERE recipient = ? AND state = 'queued' LIMIT 1").get(recipient) !== undefined
  );
}

export function leaseDelivery(db: Db, delivery: number, lease: { turn: number; at: number }): void {
  const attempt = sql(
    db,
    `UPDATE deliveries SET state = 'leased', turn_id = ?, leased_at = ?, attempts = attempts + 1, in_context_at = NULL
     WHERE id = ? AND state = 'queued' RETURNING attempts`,
  )
    .pluck()
    .get(lease.turn, lease.at, delivery) as number;
  sql(db, 'INSERT INTO turn_deliveries (turn_id, delivery_id, attempt) VALUES (?, ?, ?)').run(
    lease.turn,
    delivery,
    attempt,
  );
}

/** What a turn holds right now, as its prompt shows it. */
export function leasedTo(db: Db, turn: number): Delivered[] {
  const rows = sql(
    db,
    `SELECT d.id AS delivery, m.id, m.thread, m.in_reply_to AS inReplyTo, m.sender AS "from", m.kind,
       m.recipient = '*' AS broadcast, d.attempts > 1 AS redelivered, m.body, m.at
     FROM deliveries d JOIN messages m ON m.id = d.message_id
     WHERE d.turn_id = ? AND d.state = 'leased' ORDER BY d.id`,
  ).all(turn) as (Omit<Delivered, 'broadcast' | 'redelivered'> & { broadcast: number; redelivered: number })[];
  return rows.map(
    (row) => ({ ...row, broadcast: row.broadcast === 1, redelivered: row.redelivered === 1 }) as Delivered,
  );
}

/** The turn's success: all it holds is done. Returns the messages' ids. */
export function completeLeased(db: Db, turn: number, at: number): number[] {
  return sql(
    db,
    "UPDATE deliveries SET state = 'done', ended_at = ?, note = NULL WHERE turn_id = ? AND state = 'leased' RETURNING message_id",
  )
    .pluck()
    .all(at, turn) as number[];
}

export interface Released {
  messageId: number;
  recipient: string;
  attempts: number;
  state: 'queued' | 'dead';
}

/**
 * Puts back what a turn holds. Only a turn that failed through its own doing counts towards
 * `maxFailures`; at the limit a delivery is dead.
 */
export function releaseLeased(
  db: Db,
  turn: number,
  facts: { counts: boolean; maxFailures: number; reason: string; at: number },
): Released[] {
  const add = facts.counts ? 1 : 0;
  return sql(
    db,
    `UPDATE deliveries SET
       failures = failures + @add,
       state = CASE WHEN failures + @add >= @max AND @add = 1 THEN 'dead' ELSE 'queued' END,
       ended_at = CASE WHEN failures + @add >= @max AND @add = 1 THEN @at ELSE NULL END,
       note = @reason
     WHERE turn_id = @turn AND state = 'leased' RETURNING message_id AS messageId, recipient, attempts, state`,
  ).all({ add, max: facts.maxFailures, at: facts.at, reason: facts.reason, turn }) as Released[];
}

/** The CLI took these messages into its conversation. Returns how many were marked. */
export function markInContext(
  db: Db,
  turn: number,
  facts: { messages: readonly number[]; recipient: string; at: number },
): number {
  const statement = sql(
    db,
    `UPDATE deliveries SET in_context_at = ? WHERE message_id = ? AND recipient = ? AND turn_id = ? AND in_context_at IS NULL`,
  );
  let marked = 0;
  for (const message of facts.messages) marked += statement.run(facts.at, message, facts.recipient, turn).changes;
  return marked;
}

/** Everything still waiting for somebody who will never come. */
export function killAllFor(db: Db, recipient: string, facts: { reason: string; at: number }): Released[] {
  return sql(
    db,
    `UPDATE deliveries SET state = 'dead', ended_at = ?, note = ?
     WHERE recipient = ? AND state IN ('queued', 'leased') RETURNING message_id AS messageId, recipient, attempts, state`,
  ).all(facts.at, facts.reason, recipient) as Released[];
}

/** The operator's unread messages, oldest first. */
export function unreadOf(db: Db, recipient: string, limit: number): MessageView[] {
  const rows = sql(
    db,
    `SELECT d.message_id AS id, d.state, d.attempts, d.note FROM deliveries d
     WHERE d.recipient = ? AND d.state = 'queued' ORDER BY d.id LIMIT ?`,
  ).all(recipient, limit) as { id: number; state: 'queued'; attempts: number; note: string | null }[];
  return rows.flatMap((row) => {
    const message = findMessage(db, row.id);
    if (message === null) return [];
    const receipt = {
      recipient,
      state: row.state,
      attempts: row.attempts,
      turn: null,
      storedAt: message.at,
      leasedAt: null,
      inContextAt: null,
      endedAt: null,
      note: row.note,
    };
    return [{ ...message, receipts: [receipt] } as MessageView];
  });
}

export function markRead(db: Db, recipient: string, facts: { ids: readonly number[]; at: number }): number[] {
  const statement = sql(
    db,
    "UPDATE deliveries SET state = 'done', ended_at = ? WHERE message_id = ? AND recipient = ? AND state = 'queued'",
  );
  return facts.ids.filter((id) => statement.run(facts.at, id, recipient).changes > 0);
}

export function deliveryStateOf(db: Db, messageId: number, recipient: string): DeliveryState | null {
  const state = sql(db, 'SELECT state FROM deliveries WHERE message_id = ? AND recipient = ?')
    .pluck()
    .get(messageId, recipient);
  return (state as DeliveryState | undefined) ?? null;
}

/** How much mail is in which state, for one mailbox. */
export function countMail(db: Db, recipient: string): { queued: number; leased: number; dead: number } {
  return {
    queued: count(db, "SELECT COUNT(*) FROM deliveries WHERE recipient = ? AND state = 'queued'", recipient),
    leased: count(
      db,
      "SELECT COUNT(*) FROM turns t JOIN deliveries d ON d.turn_id = t.id AND d.state = 'leased' WHERE t.agent = ? AND t.ended_at IS NULL",
      recipient,
    ),
    dead: count(db, "SELECT COUNT(*) FROM deliveries WHERE recipient = ? AND state = 'dead'", recipient),
  };
}

function count(db: Db, text: string, recipient: string): number {
  return sql(db, text).pluck().get(recipient) as number;
}

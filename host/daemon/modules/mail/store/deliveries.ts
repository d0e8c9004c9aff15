import type { Delivered, DeliveryState, MessageView } from '../../../../../protocol/schemas/message.ts';
import type { Db } from '../../../../../store/open-store.ts';
import { MESSAGE_COLUMNS, type MessageRow, decodeRow, viewMessage } from './messages.ts';
import { sql } from '../../../../../store/statements.ts';

export interface NewDelivery {
  recipient: string;
  /** Smallest first (epoch ms and more). */
  orderKey: number;
  /** 0 critical … 3 low, as declared; 2 when it was not. */
  urgency: number;
  copy: boolean;
  bytes: number;
  expiresAt: number | null;
  heldUntil: number | null;
  note: string | null;
}

export function insertDelivery(db: Db, messageId: number, delivery: NewDelivery): void {
  sql(
    db,
    `INSERT INTO deliveries (message_id, recipient, state, order_key, urgency, copy, bytes, expires_at, held_until, note)
     VALUES (?, ?, 'queued', ?, ?, ?, ?, ?, ?, ?)`,
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
  );
}

export function recipientsOf(db: Db, messageId: number): string[] {
  return sql(db, 'SELECT recipient FROM deliveries WHERE message_id = ? ORDER BY recipient')
    .pluck()
    .all(messageId) as string[];
}

export interface Waiting {
  delivery: number;
  messageId: number;
  attempts: number;
  bytes: number;
  /** The turn it was in last, if that broke; null when it was in none or that ended otherwise. */
  brokenTurn: number | null;
}

/** A filter of waiting deliveries: all, those that may join a running turn, those that reach an agent with do-not-disturb. */
export type Reach = 'all' | 'urgent' | 'critical';

const READY = `state = 'queued' AND (held_until IS NULL OR held_until <= @now) AND (expires_at IS NULL OR expires_at > @now)`;
const REACHING: Record<Reach, string> = {
  all: '',
  urgent: 'AND urgency < 2',
  // Both conditions: the first is what the index is made for.
  critical: 'AND urgency < 2 AND urgency = 0',
};

/** The waiting deliveries that come next, with the size of their text in bytes. */
export function waitingFor(db: Db, recipient: string, want: { now: number; reach: Reach; limit: number }): Waiting[] {
  return sql(
    db,
    `SELECT id AS delivery, message_id AS messageId, attempts, bytes,
       (SELECT t.id FROM turns t WHERE t.id = turn_id AND t.outcome IN ('failed', 'timed_out', 'lost')) AS brokenTurn
     FROM deliveries
     WHERE recipient = @recipient AND ${READY} ${REACHING[want.reach]} ORDER BY order_key, id LIMIT @limit`,
  ).all({ recipient, now: want.now, limit: want.limit }) as Waiting[];
}

export function isWaiting(db: Db, recipient: string, want: { now: number; reach: Reach }): boolean {
  return (
    sql(db, `SELECT 1 FROM deliveries WHERE recipient = @recipient AND ${READY} ${REACHING[want.reach]} LIMIT 1`).get({
      recipient,
      now: want.now,
    }) !== undefined
  );
}

/** `joined`: the turn runs already; its harness hears of this one apart. */
export function leaseDelivery(
  db: Db,
  delivery: number,
  lease: { turn: number; at: number; wokenAt: number; joined: boolean },
): void {
  const attempt = sql(
    db,
    `UPDATE deliveries SET state = 'leased', turn_id = ?, woken_at = ?, leased_at = ?, attempts = attempts + 1,
       in_context_at = NULL, held_until = NULL
     WHERE id = ? AND state = 'queued' RETURNING attempts`,
  )
    .pluck()
    .get(lease.turn, lease.wokenAt, lease.at, delivery) as number;
  sql(db, 'INSERT INTO turn_deliveries (turn_id, delivery_id, attempt, joined) VALUES (?, ?, ?, ?)').run(
    lease.turn,
    delivery,
    attempt,
    lease.joined ? 1 : 0,
  );
}

/** How much joined a turn while it ran. */
export function joinedSoFar(db: Db, turn: number): { messages: number; bytes: number } {
  return sql(
    db,
    `SELECT COUNT(*) AS messages, COALESCE(SUM(d.bytes), 0) AS bytes FROM turn_deliveries t
     JOIN deliveries d ON d.id = t.delivery_id WHERE t.turn_id = ? AND t.joined = 1`,
  ).get(turn) as { messages: number; bytes: number };
}

type RawDelivered = Omit<MessageRow, 'priority' | 'data'> & {
  delivery: number;
  copy: number;
  attempts: number;
  joined: number;
  priority: number | null;
  data: string | null;
};

/** What a turn holds right now, in the order in which its prompt shows it; only what joined it later, when asked so. */
export function leasedTo(db: Db, turn: number, only: 'all' | 'joined' = 'all'): Delivered[] {
  const rows = sql(
    db,
    `SELECT d.id AS delivery, d.copy, d.attempts, t.joined, ${MESSAGE_COLUMNS}
     FROM deliveries d JOIN messages m ON m.id = d.message_id JOIN turn_deliveries t ON t.turn_id = d.turn_id AND t.delivery_id = d.id
     WHERE d.turn_id = ? AND d.state = 'leased' ORDER BY d.leased_at, d.order_key, d.id`,
  ).all(turn) as RawDelivered[];
  return rows.filter((row) => only === 'all' || row.joined === 1).map(toDelivered);
}

function toDelivered(raw: RawDelivered): Delivered {
  const { delivery, copy, attempts, joined: _joined, turn: _turn, ...row } = raw;
  return {
    delivery,
    ...decodeRow(row),
    broadcast: row.to === '*',
    copy: copy === 1,
    redelivered: attempts > 1,
  } as Delivered;
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

export interface Ended {
  messageId: number;
  recipient: string;
  attempts: number;
  state: 'queued' | 'dead' | 'expired' | 'withdrawn';
}

/** Whether the end of the turn @turn is shown to be a delivery's own doing. */
const COUNTS = `(@onProof = 1 AND (@answered = 1 OR EXISTS (
  SELECT 1 FROM turns t WHERE t.agent = deliveries.recipient AND t.outcome = 'done' AND t.id < @turn AND t.id >
    (SELECT MAX(d.turn_id) FROM turn_deliveries d WHERE d.delivery_id = deliveries.id AND d.turn_id < @turn))))`;

const ENDED = 'RETURNING message_id AS messageId, recipient, attempts, state';

/**
 * Puts back what a turn holds. With `on_proof` a delivery's failures count when the model had answered in the turn, so
 * that provider, login and CLI all worked, or when the agent finished a turn since it was tried last: it succeeds with
 * others. At `maxFailures` a delivery is dead.
 */
export function releaseLeased(
  db: Db,
  turn: number,
  facts: { counts: 'never' | 'on_proof'; answered: boolean; maxFailures: number; reason: string; at: number },
): Ended[] {
  return sql(
    db,
    `UPDATE deliveries SET
       failures = failures + ${COUNTS},
       state = CASE WHEN failures + 1 >= @max AND ${COUNTS} THEN 'dead' ELSE 'queued' END,
       ended_at = CASE WHEN failures + 1 >= @max AND ${COUNTS} THEN @at ELSE NULL END,
       note = @reason
     WHERE turn_id = @turn AND state = 'leased' ${ENDED}`,
  ).all({
    onProof: facts.counts === 'on_proof' ? 1 : 0,
    answered: facts.answered ? 1 : 0,
    max: facts.maxFailures,
    at: facts.at,
    reason: facts.reason,
    turn,
  }) as Ended[];
}

/** The CLI took these messages into its conversation, not before they were leased. Returns how many were marked. */
export function markInContext(
  db: Db,
  turn: number,
  facts: { messages: readonly number[]; recipient: string; at: number },
): number {
  const statement = sql(
    db,
    `UPDATE deliveries SET in_context_at = MAX(?, leased_at) WHERE message_id = ? AND recipient = ? AND turn_id = ? AND in_context_at IS NULL`,
  );
  let marked = 0;
  for (const message of facts.messages) marked += statement.run(facts.at, message, facts.recipient, turn).changes;
  return marked;
}

/** Everything still waiting for somebody who will never come. */
export function killAllFor(db: Db, recipient: string, facts: { reason: string; at: number }): Ended[] {
  return sql(
    db,
    `UPDATE deliveries SET state = 'dead', ended_at = ?, note = ?
     WHERE recipient = ? AND state IN ('queued', 'leased') ${ENDED}`,
  ).all(facts.at, facts.reason, recipient) as Ended[];
}

/** What waited longer than its sender said it is worth; at most `limit` of them. */
export function expireQueued(db: Db, facts: { now: number; limit: number }): Ended[] {
  return sql(
    db,
    `UPDATE deliveries SET state = 'expired', ended_at = @now, note = 'its time ran out before it was read'
     WHERE id IN (SELECT id FROM deliveries WHERE state = 'queued' AND expires_at IS NOT NULL AND expires_at <= @now
       ORDER BY expires_at LIMIT @limit) ${ENDED}`,
  ).all(facts) as Ended[];
}

/** Lets go what was held until now; returns whose mailboxes have something new. */
export function releaseHeld(db: Db, now: number): string[] {
  const owners = sql(
    db,
    `UPDATE deliveries SET held_until = NULL, note = NULL
     WHERE state = 'queued' AND held_until IS NOT NULL AND held_until <= ? RETURNING recipient`,
  )
    .pluck()
    .all(now) as string[];
  return [...new Set(owners)];
}

/** When the next delivery is let go or expires; null when none is. */
export function nextChangeAt(db: Db): number | null {
  const held = sql(db, "SELECT MIN(held_until) FROM deliveries WHERE state = 'queued' AND held_until IS NOT NULL");
  const expiring = sql(db, "SELECT MIN(expires_at) FROM deliveries WHERE state = 'queued' AND expires_at IS NOT NULL");
  const times = [held.pluck().get(), expiring.pluck().get()] as (number | null)[];
  return times.reduce((least, at) => (at === null ? least : Math.min(at, least ?? at)), null);
}

/** What two agents wrote to each other and what is held back, with the copies that others get of it. */
const BETWEEN = `state = 'queued' AND held_until IS NOT NULL AND EXISTS (SELECT 1 FROM messages m WHERE m.id = message_id
  AND m.sender IN (@a, @b) AND (deliveries.recipient IN (@a, @b) OR copy = 1 AND m.recipient IN (@a, @b)))`;

export function heldBetween(db: Db, pair: { a: string; b: string }): Chosen[] {
  return sql(
    db,
    `SELECT id AS delivery, message_id AS messageId, recipient, state FROM deliveries WHERE ${BETWEEN}`,
  ).all(pair) as Chosen[];
}

/** Lets it go; returns whose mailboxes have something new. */
export function releaseHeldBetween(db: Db, pair: { a: string; b: string }): string[] {
  const owners = sql(db, `UPDATE deliveries SET held_until = NULL, note = NULL WHERE ${BETWEEN} RETURNING recipient`)
    .pluck()
    .all(pair) as string[];
  return [...new Set(owners)];
}

export interface Chosen {
  delivery: number;
  messageId: number;
  recipient: string;
  state: string;
}

export function findDelivery(db: Db, id: number): Chosen | null {
  const row = sql(
    db,
    'SELECT id AS delivery, message_id AS messageId, recipient, state FROM deliveries WHERE id = ?',
  ).get(id);
  return (row as Chosen | undefined) ?? null;
}

/** Who got it is still there, and not another one of that name who was made later. */
const RECIPIENT_IS_THERE = `(deliveries.recipient = 'operator' OR EXISTS (SELECT 1 FROM agents g, messages m
  WHERE g.name = deliveries.recipient AND m.id = message_id AND g.created_at <= m.at))`;

export function isRecipientThere(db: Db, delivery: number): boolean {
  return sql(db, `SELECT 1 FROM deliveries WHERE id = ? AND ${RECIPIENT_IS_THERE}`).get(delivery) !== undefined;
}

/** Dead deliveries, oldest first: somebody's, or all; only those whose recipient is still there, when asked so. */
export function deadOf(
  db: Db,
  query: { recipient: string | null; which: 'all' | 'deliverable'; limit: number },
): Chosen[] {
  const { recipient, which, limit } = query;
  const where = which === 'all' ? "state = 'dead'" : `state = 'dead' AND ${RECIPIENT_IS_THERE}`;
  const columns = 'id AS delivery, message_id AS messageId, recipient, state';
  const rows =
    recipient === null
      ? sql(db, `SELECT ${columns} FROM deliveries WHERE ${where} ORDER BY id LIMIT ?`).all(limit)
      : sql(db, `SELECT ${columns} FROM deliveries WHERE recipient = ? AND ${where} ORDER BY id LIMIT ?`).all(
          recipient,
          limit,
        );
  return rows as Chosen[];
}

/** Dead deliveries, newest first. */
export function listDead(
  db: Db,
  query: { of: string | null; before: number; limit: number },
): { delivery: number; recipient: string; message: MessageView }[] {
  const rows = sql(
    db,
    query.of === null
      ? "SELECT id, recipient, message_id AS messageId FROM deliveries WHERE state = 'dead' AND id < @before ORDER BY id DESC LIMIT @limit"
      : "SELECT id, recipient, message_id AS messageId FROM deliveries WHERE recipient = @of AND state = 'dead' AND id < @before ORDER BY id DESC LIMIT @limit",
  ).all(query.of === null ? { before: query.before, limit: query.limit } : query) as {
    id: number;
    recipient: string;
    messageId: number;
  }[];
  return rows.flatMap(({ id, recipient, messageId }) => {
    const message = viewMessage(db, messageId);
    return message === null ? [] : [{ delivery: id, recipient, message }];
  });
}

/** A dead delivery waits again; its failures and its expiry are forgotten. */
export function requeueDead(db: Db, delivery: number, note: string): void {
  sql(
    db,
    `UPDATE deliveries SET state = 'queued', failures = 0, ended_at = NULL, held_until = NULL, note = ?,
       expires_at = NULL WHERE id = ? AND state = 'dead'`,
  ).run(note, delivery);
}

export function withdrawDelivery(db: Db, delivery: number, facts: { at: number; note: string }): void {
  sql(
    db,
    "UPDATE deliveries SET state = 'withdrawn', ended_at = ?, note = ? WHERE id = ? AND state IN ('queued', 'leased', 'dead')",
  ).run(facts.at, facts.note, delivery);
}

/** What waits for somebody, oldest first, held or not. */
export function queuedOf(db: Db, query: { recipient: string; limit: number }): Chosen[] {
  return sql(
    db,
    `SELECT id AS delivery, message_id AS messageId, recipient, state FROM deliveries
     WHERE recipient = @recipient AND state = 'queued' ORDER BY order_key, id LIMIT @limit`,
  ).all(query) as Chosen[];
}

/** What a turn has right now. */
export function chosenOfTurn(db: Db, turn: number): Chosen[] {
  return sql(
    db,
    `SELECT id AS delivery, message_id AS messageId, recipient, state FROM deliveries
     WHERE turn_id = ? AND state = 'leased' ORDER BY id`,
  ).all(turn) as Chosen[];
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

export function deliveryStateOf(db: Db, messageId: number, recipient: string): DeliveryState | null {
  const state = sql(db, 'SELECT state FROM deliveries WHERE message_id = ? AND recipient = ?')
    .pluck()
    .get(messageId, recipient);
  return (state as DeliveryState | undefined) ?? null;
}

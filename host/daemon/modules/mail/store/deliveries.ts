import type { Delivered, DeliveryState, MessageView } from '../../../../../protocol/schemas/message.ts';
import type { Db } from '../../../../../store/open-store.ts';
import { MESSAGE_COLUMNS, type MessageRow, decodeRow, viewMessage } from './messages.ts';
import { sql } from '../../../../../store/statements.ts';

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
  /** The last turn of the delivery, if that turn failed; null otherwise. */
  brokenTurn: number | null;
}

/** A filter of waiting deliveries: all, those that may join a running turn, those that reach an agent with do-not-disturb. */
export type Reach = 'all' | 'urgent' | 'critical';

const READY = `state = 'queued' AND (held_until IS NULL OR held_until <= @now) AND (expires_at IS NULL OR expires_at > @now)`;
const REACHING: Record<Reach, string> = {
  all: '',
  urgent: 'AND urgency < 2',
  // SQLite uses the partial index only if its condition `urgency < 2` stands in the query.
  critical: 'AND urgency < 2 AND urgency = 0',
};

/** A statement for each reach, made once: the text is its key. */
function perReach(text: (reaching: string) => string): Record<Reach, string> {
  return { all: text(REACHING.all), urgent: text(REACHING.urgent), critical: text(REACHING.critical) };
}

const WAITING_FOR = perReach(
  (reaching) =>
    `SELECT id AS delivery, message_id AS messageId, attempts, bytes,
       (SELECT t.id FROM turns t WHERE t.id = turn_id AND t.outcome IN ('failed', 'timed_out', 'lost')) AS brokenTurn
     FROM deliveries
     WHERE recipient = @recipient AND ${READY} ${reaching} ORDER BY order_key, id LIMIT @limit`,
);
const IS_WAITING = perReach(
  (reaching) => `SELECT 1 FROM deliveries WHERE recipient = @recipient AND ${READY} ${reaching} LIMIT 1`,
);

/** The next waiting deliveries, with the size of their text in bytes. */
export function waitingFor(db: Db, recipient: string, want: { now: number; reach: Reach; limit: number }): Waiting[] {
  return sql(db, WAITING_FOR[want.reach]).all({ recipient, now: want.now, limit: want.limit }) as Waiting[];
}

export function isWaiting(db: Db, recipient: string, want: { now: number; reach: Reach }): boolean {
  return sql(db, IS_WAITING[want.reach]).get({ recipient, now: want.now }) !== undefined;
}

/** `joined` marks deliveries that were added to a running turn, which its harness fetches separately. */
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

/** Number and bytes of the deliveries that joined a turn while it ran. */
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

const LEASED_TO = `SELECT d.id AS delivery, d.copy, d.attempts, t.joined, ${MESSAGE_COLUMNS}
     FROM deliveries d JOIN messages m ON m.id = d.message_id JOIN turn_deliveries t ON t.turn_id = d.turn_id AND t.delivery_id = d.id
     WHERE d.turn_id = ? AND d.state = 'leased' ORDER BY d.leased_at, d.order_key, d.id`;

/**
 * The deliveries leased to a turn, in the order of its prompt; with `joined`, only those that joined it
 * later.
 */
export function leasedTo(db: Db, turn: number, only: 'all' | 'joined' = 'all'): Delivered[] {
  const rows = sql(db, LEASED_TO).all(turn) as RawDelivered[];
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

/** Marks all leased deliveries of a successful turn as done. Returns the ids of their messages. */
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

/** Whether the failed turn @turn counts as a failure of the delivery itself. */
const COUNTS = `(@onProof = 1 AND (@answered = 1 OR EXISTS (
  SELECT 1 FROM turns t WHERE t.agent = deliveries.recipient AND t.outcome = 'done' AND t.id < @turn AND t.id >
    (SELECT MAX(d.turn_id) FROM turn_deliveries d WHERE d.delivery_id = deliveries.id AND d.turn_id < @turn))))`;

const ENDED = 'RETURNING message_id AS messageId, recipient, attempts, state';

const RELEASE_LEASED = `UPDATE deliveries SET
       failures = failures + ${COUNTS},
       state = CASE WHEN failures + 1 >= @max AND ${COUNTS} THEN 'dead' ELSE 'queued' END,
       ended_at = CASE WHEN failures + 1 >= @max AND ${COUNTS} THEN @at ELSE NULL END,
       note = @reason
     WHERE turn_id = @turn AND state = 'leased' ${ENDED}`;

/**
 * Requeues the deliveries of a turn. With `on_proof` the failure counts for a delivery when the model had
 * answered in the turn (so provider, login and CLI worked), or when the agent has finished another turn since
 * the delivery's last attempt. At `maxFailures` a delivery is dead.
 */
export function releaseLeased(
  db: Db,
  turn: number,
  facts: { counts: 'never' | 'on_proof'; answered: boolean; maxFailures: number; reason: string; at: number },
): Ended[] {
  return sql(db, RELEASE_LEASED).all({
    onProof: facts.counts === 'on_proof' ? 1 : 0,
    answered: facts.answered ? 1 : 0,
    max: facts.maxFailures,
    at: facts.at,
    reason: facts.reason,
    turn,
  }) as Ended[];
}

/**
 * Records that the CLI put these messages into its context; deliveries that are not leased are ignored.
 * Returns the number marked.
 */
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

const KILL_ALL_FOR = `UPDATE deliveries SET state = 'dead', ended_at = ?, note = ?
     WHERE recipient = ? AND state IN ('queued', 'leased') ${ENDED}`;

/** Marks all queued deliveries of a destroyed agent as dead. */
export function killAllFor(db: Db, recipient: string, facts: { reason: string; at: number }): Ended[] {
  return sql(db, KILL_ALL_FOR).all(facts.at, facts.reason, recipient) as Ended[];
}

const EXPIRE_QUEUED = `UPDATE deliveries SET state = 'expired', ended_at = @now, note = 'its time ran out before it was read'
     WHERE id IN (SELECT id FROM deliveries WHERE state = 'queued' AND expires_at IS NOT NULL AND expires_at <= @now
       ORDER BY expires_at LIMIT @limit) ${ENDED}`;

/** Expires deliveries past their sender's TTL, at most `limit`. */
export function expireQueued(db: Db, facts: { now: number; limit: number }): Ended[] {
  return sql(db, EXPIRE_QUEUED).all(facts) as Ended[];
}

/** Releases deliveries held until now; returns the recipients with newly queued mail. */
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

/** The time of the next release or expiry; null when there is none. */
export function nextChangeAt(db: Db): number | null {
  const held = sql(db, "SELECT MIN(held_until) FROM deliveries WHERE state = 'queued' AND held_until IS NOT NULL");
  const expiring = sql(db, "SELECT MIN(expires_at) FROM deliveries WHERE state = 'queued' AND expires_at IS NOT NULL");
  const times = [held.pluck().get(), expiring.pluck().get()] as (number | null)[];
  return times.reduce((least, at) => (at === null ? least : Math.min(at, least ?? at)), null);
}

/** Held messages between two agents, with the copies that third agents get. */
const BETWEEN = `state = 'queued' AND held_until IS NOT NULL AND EXISTS (SELECT 1 FROM messages m WHERE m.id = message_id
  AND m.sender IN (@a, @b) AND (deliveries.recipient IN (@a, @b) OR copy = 1 AND m.recipient IN (@a, @b)))`;

const HELD_BETWEEN = `SELECT id AS delivery, message_id AS messageId, recipient, state FROM deliveries WHERE ${BETWEEN}`;

export function heldBetween(db: Db, pair: { a: string; b: string }): Chosen[] {
  return sql(db, HELD_BETWEEN).all(pair) as Chosen[];
}

const RELEASE_HELD_BETWEEN = `UPDATE deliveries SET held_until = NULL, note = NULL WHERE ${BETWEEN} RETURNING recipient`;

/** Releases them; returns the recipients with newly queued mail. */
export function releaseHeldBetween(db: Db, pair: { a: string; b: string }): string[] {
  const owners = sql(db, RELEASE_HELD_BETWEEN).pluck().all(pair) as string[];
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

/** The recipient still exists, and was not created after the delivery under a reused name. */
const RECIPIENT_IS_THERE = `(deliveries.recipient = 'operator' OR EXISTS (SELECT 1 FROM agents g, messages m
  WHERE g.name = deliveries.recipient AND m.id = message_id AND g.created_at <= m.at))`;

const IS_RECIPIENT_THERE = `SELECT 1 FROM deliveries WHERE id = ? AND ${RECIPIENT_IS_THERE}`;

export function isRecipientThere(db: Db, delivery: number): boolean {
  return sql(db, IS_RECIPIENT_THERE).get(delivery) !== undefined;
}

/**
 * Dead deliveries, oldest first: of one recipient or of all; optionally only those whose recipient still
 * exists.
 */
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

/** Requeues a dead delivery; its failures and its expiry are forgotten. */
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

/** Queued deliveries of one recipient, oldest first, including held ones. */
export function queuedOf(db: Db, query: { recipient: string; limit: number }): Chosen[] {
  return sql(
    db,
    `SELECT id AS delivery, message_id AS messageId, recipient, state FROM deliveries
     WHERE recipient = @recipient AND state = 'queued' ORDER BY order_key, id LIMIT @limit`,
  ).all(query) as Chosen[];
}

/** The deliveries leased to a turn. */
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

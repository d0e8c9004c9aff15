import type { Delivered } from '../../../../../protocol/schemas/message.ts';
import type { Db } from '../../../../../store/open-store.ts';
import { sql, textPerKey } from '../../../../../store/statements.ts';
import { CHOSEN_COLUMNS, type Chosen, ENDED, type Ended } from './deliveries.ts';
import { decodeRow, MESSAGE_COLUMNS, type MessageRow } from './messages.ts';

/** What a turn does with deliveries: they wait for one, are leased to it, and are done or requeued at its end. */

export interface Waiting {
  delivery: number;
  messageId: number;
  attempts: number;
  bytes: number;
  /** The last turn of the delivery, if that turn failed; null otherwise. */
  brokenTurn: number | null;
  /** 0: it started no turn by itself. */
  wakes: 0 | 1;
}

/** A filter of waiting deliveries: all, those that may join a running turn, those that reach an agent with do-not-disturb. */
export type Reach = (typeof REACHES)[number];
const REACHES = ['all', 'urgent', 'critical'] as const;

const READY = `state = 'queued' AND (held_until IS NULL OR held_until <= @now) AND (expires_at IS NULL OR expires_at > @now)`;
const REACHING: Record<Reach, string> = {
  all: '',
  urgent: 'AND urgency < 2',
  // SQLite uses the partial index only if its condition `urgency < 2` stands in the query.
  critical: 'AND urgency < 2 AND urgency = 0',
};

const WAITING_FOR = textPerKey(
  REACHES,
  (reach) =>
    `SELECT id AS delivery, message_id AS messageId, attempts, bytes, wakes,
       (SELECT t.id FROM turns t WHERE t.id = turn_id AND t.outcome IN ('failed', 'timed_out', 'lost')) AS brokenTurn
     FROM deliveries
     WHERE recipient = @recipient AND ${READY} ${REACHING[reach]} ORDER BY order_key, id LIMIT @limit`,
);
/** Mail that rides along is left out: by itself it neither starts a turn nor joins one. */
const WAKING = 'AND wakes = 1';
const IS_WAITING = textPerKey(
  REACHES,
  (reach) => `SELECT 1 FROM deliveries WHERE recipient = @recipient AND ${READY} ${REACHING[reach]} ${WAKING} LIMIT 1`,
);

const FIRST_WAITING = textPerKey(
  REACHES,
  (reach) =>
    `SELECT order_key FROM deliveries WHERE recipient = @recipient AND ${READY} ${REACHING[reach]} ${WAKING} ORDER BY order_key, id LIMIT 1`,
);

/**
 * The place among all mail of the next waiting delivery that starts a turn: the smaller, the more urgent or older. Null:
 * none waits, or only such that ride along.
 */
export function orderOfNext(db: Db, recipient: string, want: { now: number; reach: Reach }): number | null {
  return (sql(db, FIRST_WAITING[want.reach]).pluck().get({ recipient, now: want.now }) as number | undefined) ?? null;
}

/** The next waiting deliveries, also those that ride along, with the size of their text in bytes. */
export function waitingFor(db: Db, recipient: string, want: { now: number; reach: Reach; limit: number }): Waiting[] {
  return sql(db, WAITING_FOR[want.reach]).all({ recipient, now: want.now, limit: want.limit }) as Waiting[];
}

/** Whether mail waits that starts a turn, or joins a running one. */
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

/** Whether the failed turn @turn counts as a failure of the delivery itself. */
const COUNTS = `(@always = 1 OR @onProof = 1 AND (@answered = 1 OR EXISTS (
  SELECT 1 FROM turns t WHERE t.agent = deliveries.recipient AND t.outcome = 'done' AND t.id < @turn AND t.id >
    (SELECT MAX(d.turn_id) FROM turn_deliveries d WHERE d.delivery_id = deliveries.id AND d.turn_id < @turn))))`;

const RELEASE_LEASED = `UPDATE deliveries SET
       failures = failures + ${COUNTS},
       state = CASE WHEN failures + 1 >= @max AND ${COUNTS} THEN 'dead' ELSE 'queued' END,
       ended_at = CASE WHEN failures + 1 >= @max AND ${COUNTS} THEN @at ELSE NULL END,
       wakes = 1,
       note = @reason
     WHERE turn_id = @turn AND state = 'leased' ${ENDED}`;

/**
 * Requeues the deliveries of a turn; each of them starts a turn from now on, because the agent was interrupted while it
 * had them. With `on_proof` the failure counts for a delivery when the model had
 * answered in the turn (so provider, login and CLI worked), or when the agent has finished another turn since
 * the delivery's last attempt. At `maxFailures` a delivery is dead.
 */
export function releaseLeased(
  db: Db,
  turn: number,
  facts: {
    counts: 'never' | 'on_proof' | 'always';
    answered: boolean;
    maxFailures: number;
    reason: string;
    at: number;
  },
): Ended[] {
  return sql(db, RELEASE_LEASED).all({
    always: facts.counts === 'always' ? 1 : 0,
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

const CHOSEN_OF_TURN = `SELECT ${CHOSEN_COLUMNS} FROM deliveries WHERE turn_id = ? AND state = 'leased' ORDER BY id`;

/** The deliveries leased to a turn. */
export function chosenOfTurn(db: Db, turn: number): Chosen[] {
  return sql(db, CHOSEN_OF_TURN).all(turn) as Chosen[];
}

import type { MessageView } from '../../../../../protocol/schemas/message.ts';
import type { Db } from '../../../../../store/open-store.ts';
import { sql } from '../../../../../store/statements.ts';
import { CHOSEN_COLUMNS, type Chosen } from './deliveries.ts';
import { viewMessage } from './messages.ts';

/** The recipient still exists, and was not created after the delivery under a reused name. */
const RECIPIENT_IS_THERE = `(deliveries.recipient = 'operator' OR EXISTS (SELECT 1 FROM agents g, messages m
  WHERE g.name = deliveries.recipient AND m.id = message_id AND g.created_at <= m.at))`;

const IS_RECIPIENT_THERE = `SELECT 1 FROM deliveries WHERE id = ? AND ${RECIPIENT_IS_THERE}`;

export function isRecipientThere(db: Db, delivery: number): boolean {
  return sql(db, IS_RECIPIENT_THERE).get(delivery) !== undefined;
}

/** Dead deliveries, oldest first. */
function selectDead(and: string): string {
  return `SELECT ${CHOSEN_COLUMNS} FROM deliveries WHERE state = 'dead' ${and} ORDER BY id LIMIT @limit`;
}
const DEAD = {
  all: selectDead(''),
  deliverable: selectDead(`AND ${RECIPIENT_IS_THERE}`),
} as const;
const DEAD_OF = {
  all: selectDead('AND recipient = @recipient'),
  deliverable: selectDead(`AND recipient = @recipient AND ${RECIPIENT_IS_THERE}`),
} as const;

/**
 * Dead deliveries, oldest first: of one recipient or of all; optionally only those whose recipient still
 * exists.
 */
export function deadOf(
  db: Db,
  query: { recipient: string | null; which: 'all' | 'deliverable'; limit: number },
): Chosen[] {
  const { recipient, which, limit } = query;
  const rows =
    recipient === null ? sql(db, DEAD[which]).all({ limit }) : sql(db, DEAD_OF[which]).all({ recipient, limit });
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

/** Requeues a dead delivery, which starts a turn; its failures and its expiry are forgotten. */
export function requeueDead(db: Db, delivery: number, note: string): void {
  sql(
    db,
    `UPDATE deliveries SET state = 'queued', failures = 0, ended_at = NULL, held_until = NULL, note = ?, wakes = 1,
       expires_at = NULL WHERE id = ? AND state = 'dead'`,
  ).run(note, delivery);
}

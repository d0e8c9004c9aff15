import { OPERATOR } from '../../../../../protocol/names.ts';
import type { Db } from '../../../../../store/open-store.ts';
import { sql } from '../../../../../store/statements.ts';

/** Number and bytes of queued mail. Triggers keep both up to date. */
export interface MailboxFill {
  queued: number;
  /** Bytes of queued text. */
  bytes: number;
  dead: number;
}

const EMPTY: MailboxFill = { queued: 0, bytes: 0, dead: 0 };

export function mailboxFill(db: Db, owner: string): MailboxFill {
  const row = sql(db, 'SELECT queued, bytes, dead FROM mailboxes WHERE owner = ?').get(owner);
  return (row as MailboxFill | undefined) ?? EMPTY;
}

/** Deliveries of one mailbox, counted by state. */
export interface MailCount {
  queued: number;
  leased: number;
  dead: number;
}

export const NO_MAIL: MailCount = { queued: 0, leased: 0, dead: 0 };

export function countMail(db: Db, owner: string): MailCount {
  const { queued, dead } = mailboxFill(db, owner);
  const leased = sql(
    db,
    "SELECT COUNT(*) FROM turns t JOIN deliveries d ON d.turn_id = t.id AND d.state = 'leased' WHERE t.agent = ? AND t.ended_at IS NULL",
  )
    .pluck()
    .get(owner) as number;
  return { queued, leased, dead };
}

/**
 * Deletes mailboxes of destroyed agents that have no mail left; dead mail keeps its mailbox until the
 * operator decides. Returns the number deleted.
 */
export function deleteLeftMailboxes(db: Db): number {
  return sql(
    db,
    'DELETE FROM mailboxes WHERE queued = 0 AND dead = 0 AND owner <> ? AND owner NOT IN (SELECT name FROM agents)',
  ).run(OPERATOR).changes;
}

/** The counts of every mailbox that holds or held mail. */
export function countAllMail(db: Db): Map<string, MailCount> {
  const rows = sql(
    db,
    `SELECT owner, queued, dead, COALESCE(leased, 0) AS leased FROM mailboxes LEFT JOIN
       (SELECT t.agent AS owner, COUNT(*) AS leased FROM turns t JOIN deliveries d ON d.turn_id = t.id AND d.state = 'leased'
        WHERE t.ended_at IS NULL GROUP BY t.agent) USING (owner)`,
  ).all() as (MailCount & { owner: string })[];
  return new Map(rows.map(({ owner, queued, leased, dead }) => [owner, { queued, leased, dead }]));
}

export function countDead(db: Db, owner: string | null): number {
  if (owner !== null) return mailboxFill(db, owner).dead;
  return sql(db, 'SELECT COALESCE(SUM(dead), 0) FROM mailboxes').pluck().get() as number;
}

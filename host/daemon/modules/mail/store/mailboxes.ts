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

/** Number and bytes of the queued mail that starts no turn by itself. */
export function ridingFill(db: Db, owner: string): Pick<MailboxFill, 'queued' | 'bytes'> {
  return sql(
    db,
    "SELECT COUNT(*) AS queued, COALESCE(SUM(bytes), 0) AS bytes FROM deliveries WHERE recipient = ? AND state = 'queued' AND wakes = 0",
  ).get(owner) as Pick<MailboxFill, 'queued' | 'bytes'>;
}

/** Deliveries of one mailbox, counted by state. */
export interface MailCount {
  queued: number;
  leased: number;
  dead: number;
  /** Of the queued ones, those that start no turn by themselves. */
  riding: number;
}

export const NO_MAIL: MailCount = { queued: 0, leased: 0, dead: 0, riding: 0 };

export function countMail(db: Db, owner: string): MailCount {
  const { queued, dead } = mailboxFill(db, owner);
  const leased = sql(
    db,
    "SELECT COUNT(*) FROM turns t JOIN deliveries d ON d.turn_id = t.id AND d.state = 'leased' WHERE t.agent = ? AND t.ended_at IS NULL",
  )
    .pluck()
    .get(owner) as number;
  return { queued, leased, dead, riding: ridingFill(db, owner).queued };
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
    `SELECT owner, queued, dead, COALESCE(leased, 0) AS leased, COALESCE(riding, 0) AS riding FROM mailboxes LEFT JOIN
       (SELECT t.agent AS owner, COUNT(*) AS leased FROM turns t JOIN deliveries d ON d.turn_id = t.id AND d.state = 'leased'
        WHERE t.ended_at IS NULL GROUP BY t.agent) USING (owner) LEFT JOIN
       (SELECT recipient AS owner, COUNT(*) AS riding FROM deliveries WHERE state = 'queued' AND wakes = 0 GROUP BY recipient)
        USING (owner)`,
  ).all() as (MailCount & { owner: string })[];
  return new Map(rows.map(({ owner, ...count }) => [owner, count]));
}

export function countDead(db: Db, owner: string | null): number {
  if (owner !== null) return mailboxFill(db, owner).dead;
  return sql(db, 'SELECT COALESCE(SUM(dead), 0) FROM mailboxes').pluck().get() as number;
}

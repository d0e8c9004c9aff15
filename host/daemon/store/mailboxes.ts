import type { Db } from '../../../store/open-store.ts';
import { sql } from './statements.ts';

/** What waits in a mailbox. Triggers keep it true. */
export interface MailboxFill {
  queued: number;
  /** Bytes of text that wait. */
  bytes: number;
  dead: number;
}

const EMPTY: MailboxFill = { queued: 0, bytes: 0, dead: 0 };

export function mailboxFill(db: Db, owner: string): MailboxFill {
  const row = sql(db, 'SELECT queued, bytes, dead FROM mailboxes WHERE owner = ?').get(owner);
  return (row as MailboxFill | undefined) ?? EMPTY;
}

/** How much mail is in which state, for one mailbox. */
export function countMail(db: Db, owner: string): { queued: number; leased: number; dead: number } {
  const { queued, dead } = mailboxFill(db, owner);
  const leased = sql(
    db,
    "SELECT COUNT(*) FROM turns t JOIN deliveries d ON d.turn_id = t.id AND d.state = 'leased' WHERE t.agent = ? AND t.ended_at IS NULL",
  )
    .pluck()
    .get(owner) as number;
  return { queued, leased, dead };
}

export function countDead(db: Db, owner: string | null): number {
  if (owner !== null) return mailboxFill(db, owner).dead;
  return sql(db, 'SELECT COALESCE(SUM(dead), 0) FROM mailboxes').pluck().get() as number;
}

import type { Db } from '../../../../../store/open-store.ts';
import { sql } from '../../../../../store/statements.ts';
import { CHOSEN_COLUMNS, type Chosen, ENDED, type Ended } from './deliveries.ts';

/** What time and pauses do with deliveries: they expire, are held back, and are released. */

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

const HELD_BETWEEN = `SELECT ${CHOSEN_COLUMNS} FROM deliveries WHERE ${BETWEEN}`;

export function heldBetween(db: Db, pair: { a: string; b: string }): Chosen[] {
  return sql(db, HELD_BETWEEN).all(pair) as Chosen[];
}

const RELEASE_HELD_BETWEEN = `UPDATE deliveries SET held_until = NULL, note = NULL WHERE ${BETWEEN} RETURNING recipient`;

/** Releases them; returns the recipients with newly queued mail. */
export function releaseHeldBetween(db: Db, pair: { a: string; b: string }): string[] {
  const owners = sql(db, RELEASE_HELD_BETWEEN).pluck().all(pair) as string[];
  return [...new Set(owners)];
}

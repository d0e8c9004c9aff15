import type { Db } from '../../../../../store/open-store.ts';
import { IS_SPOOLED } from '../../../core/store/events.ts';
import { sql } from '../../../../../store/statements.ts';

/** Boots per agent whose spool position is remembered; a harness has one, plus those that crashes left. */
const MOST_BOOTS = 32;

/** The sequence number up to which a boot's spool is stored; 0 for an unknown boot. */
export function ackedOf(db: Db, agent: string, bootId: string): number {
  return (
    (sql(db, 'SELECT acked FROM spools WHERE agent = ? AND boot_id = ?').pluck().get(agent, bootId) as
      | number
      | undefined) ?? 0
  );
}

/** Only an agent's most recent boots are kept: a box can make up any number of them. */
export function setAcked(db: Db, agent: string, spool: { bootId: string; acked: number; at: number }): void {
  const { bootId, acked, at } = spool;
  const known = sql(db, 'UPDATE spools SET acked = ?, heard_at = ? WHERE agent = ? AND boot_id = ?').run(
    acked,
    at,
    agent,
    bootId,
  );
  if (known.changes > 0) return;
  sql(
    db,
    `DELETE FROM spools WHERE agent = @agent AND boot_id NOT IN
       (SELECT boot_id FROM spools WHERE agent = @agent ORDER BY heard_at DESC LIMIT @keep)`,
  ).run({ agent, keep: MOST_BOOTS - 1 });
  sql(db, 'INSERT INTO spools (agent, boot_id, acked, heard_at) VALUES (?, ?, ?, ?)').run(agent, bootId, acked, at);
}

/** Adds to (or, negative, subtracts from) the bytes of an agent's spooled events; returns the sum. */
export function addSpooledBytes(db: Db, agent: string, bytes: number): number {
  return (
    (sql(db, 'UPDATE agents SET spooled_bytes = MAX(0, spooled_bytes + ?) WHERE name = ? RETURNING spooled_bytes')
      .pluck()
      .get(bytes, agent) as number | undefined) ?? 0
  );
}

const DELETE_OLDEST_SPOOLED = `SELECT seq, octet_length(data) AS bytes FROM events INDEXED BY events_spooled WHERE agent = ? AND ${IS_SPOOLED} ORDER BY seq LIMIT ?`;

/**
 * Deletes an agent's oldest spooled events until `bytes` bytes are free, at most `limit` events; returns the
 * freed bytes.
 */
export function deleteOldestSpooled(db: Db, agent: string, want: { bytes: number; limit: number }): number {
  const rows = sql(db, DELETE_OLDEST_SPOOLED).all(agent, want.limit) as { seq: number; bytes: number }[];
  const remove = sql(db, 'DELETE FROM events WHERE seq = ?');
  let freed = 0;
  for (const row of rows) {
    if (freed >= want.bytes) break;
    remove.run(row.seq);
    freed += row.bytes;
  }
  if (freed > 0) addSpooledBytes(db, agent, -freed);
  return freed;
}

/** On destruction of an agent: deletes the state of all its boots. */
export function deleteSpoolsOf(db: Db, agent: string): void {
  sql(db, 'DELETE FROM spools WHERE agent = ?').run(agent);
}

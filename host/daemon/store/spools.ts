import type { Db } from '../../../store/open-store.ts';
import { sql } from './statements.ts';

/** How far a boot's spool is stored; 0 for a boot never heard of. */
export function ackedOf(db: Db, agent: string, bootId: string): number {
  return (
    (sql(db, 'SELECT acked FROM spools WHERE agent = ? AND boot_id = ?').pluck().get(agent, bootId) as
      | number
      | undefined) ?? 0
  );
}

export function setAcked(db: Db, agent: string, spool: { bootId: string; acked: number }): void {
  sql(
    db,
    'INSERT INTO spools (agent, boot_id, acked) VALUES (?, ?, ?) ON CONFLICT (agent, boot_id) DO UPDATE SET acked = excluded.acked',
  ).run(agent, spool.bootId, spool.acked);
}

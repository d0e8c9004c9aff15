import type { EgressQuotaView, QuotaPeriod } from '../../../../../protocol/schemas/egress.ts';
import type { Db } from '../../../../../store/open-store.ts';
import { sql } from '../../../../../store/statements.ts';

/** Every quota, in the order of their subjects. */
export function listQuotas(db: Db): EgressQuotaView[] {
  return sql(
    db,
    'SELECT subject, per, bytes, created_at AS createdAt FROM egress_quotas ORDER BY subject, bytes, per',
  ).all() as EgressQuotaView[];
}

/** Stores a quota, in place of the one with the same subject and period. */
export function putQuota(db: Db, quota: Omit<EgressQuotaView, 'createdAt'> & { at: number }): EgressQuotaView {
  return sql(
    db,
    `INSERT INTO egress_quotas (subject, per, bytes, created_at) VALUES (@subject, @per, @bytes, @at)
     ON CONFLICT (subject, per) DO UPDATE SET bytes = excluded.bytes, created_at = excluded.created_at
     RETURNING subject, per, bytes, created_at AS createdAt`,
  ).get(quota) as EgressQuotaView;
}

/** Whether there was one. */
export function deleteQuota(db: Db, { subject, per }: Pick<EgressQuotaView, 'subject' | 'per'>): boolean {
  return sql(db, 'DELETE FROM egress_quotas WHERE subject = ? AND per = ?').run(subject, per).changes > 0;
}

/**
 * Notes that the operator has a notice about a quota that an agent used up; false when that is noted already, for this
 * window and amount.
 */
export function noteReached(db: Db, of: { agent: string; per: QuotaPeriod; window: number; bytes: number }): boolean {
  return (
    sql(
      db,
      `INSERT INTO quotas_reached (agent, per, window_start, bytes) VALUES (@agent, @per, @window, @bytes)
       ON CONFLICT (agent, per) DO UPDATE SET window_start = excluded.window_start, bytes = excluded.bytes
       WHERE window_start <> excluded.window_start OR bytes <> excluded.bytes`,
    ).run(of).changes > 0
  );
}

/** Deletes an agent's own quotas, and what is noted of others. */
export function deleteQuotasOf(db: Db, agent: string): void {
  sql(db, 'DELETE FROM egress_quotas WHERE subject = ?').run(agent);
  sql(db, 'DELETE FROM quotas_reached WHERE agent = ?').run(agent);
}

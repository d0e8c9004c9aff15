import type { ConnectionView, EgressRecord } from '../../../../../protocol/schemas/egress.ts';
import type { Db } from '../../../../../store/open-store.ts';
import { sql } from '../../../../../store/statements.ts';

/** Stores a connection once; false when its report is stored already. */
export function insertConnection(db: Db, record: EgressRecord, turn: number | null): boolean {
  const result = sql(
    db,
    `INSERT INTO connections (report_id, agent, turn_id, kind, host, port, method, verdict, why, rule_id, bytes_up,
       bytes_down, started_at, ended_at, count)
     VALUES (@id, @agent, @turn, @kind, @host, @port, @method, @verdict, @why, @rule, @bytesUp, @bytesDown, @startedAt,
       @endedAt, @count) ON CONFLICT (report_id) DO NOTHING`,
  ).run({ ...record, turn });
  return result.changes > 0;
}

/** Whether a refusal of an agent's request for a host is stored for this turn (null: outside of turns). */
export function wasRefused(db: Db, of: { agent: string; host: string; turn: number | null }): boolean {
  return (
    sql(
      db,
      "SELECT 1 FROM connections WHERE agent = @agent AND host = @host AND turn_id IS @turn AND verdict = 'refused' LIMIT 1",
    ).get(of) !== undefined
  );
}

/** Keeps the newest `most` rows of an agent. */
export function capConnections(db: Db, agent: string, most: number): void {
  sql(
    db,
    `DELETE FROM connections WHERE agent = @agent AND id <=
       (SELECT id FROM connections WHERE agent = @agent ORDER BY id DESC LIMIT 1 OFFSET @most)`,
  ).run({ agent, most });
}

/** The newest connections before an id, of one agent or of all. */
export function listConnections(
  db: Db,
  query: { agent: string | null; before: number | null; limit: number },
): ConnectionView[] {
  return sql(
    db,
    `SELECT id, agent, kind, host, port, method, verdict, why, rule_id AS rule, bytes_up AS bytesUp,
       bytes_down AS bytesDown, started_at AS startedAt, ended_at AS endedAt, count
     FROM connections WHERE (@agent IS NULL OR agent = @agent) AND (@before IS NULL OR id < @before)
     ORDER BY id DESC LIMIT @limit`,
  ).all(query) as ConnectionView[];
}

/** Deletes connections that ended before a time, oldest first and at most `limit`. Returns the number deleted. */
export function pruneConnections(db: Db, { before, limit }: { before: number; limit: number }): number {
  return sql(
    db,
    'DELETE FROM connections WHERE id IN (SELECT id FROM connections WHERE ended_at < ? ORDER BY ended_at LIMIT ?)',
  ).run(before, limit).changes;
}

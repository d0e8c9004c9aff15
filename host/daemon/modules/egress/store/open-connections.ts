import type { ConnectionStart } from '../../../../../protocol/schemas/egress.ts';
import type { Db } from '../../../../../store/open-store.ts';
import { sql } from '../../../../../store/statements.ts';

/** Stores an open connection, unless it is stored already: its end may have been reported first. */
export function insertOpenConnection(
  db: Db,
  connection: ConnectionStart,
  of: { instance: string; turn: number | null },
): void {
  sql(
    db,
    `INSERT INTO open_connections (report_id, instance, agent, turn_id, kind, host, port, method, rule_id, started_at)
     SELECT @id, @instance, @agent, @turn, @kind, @host, @port, @method, @rule, @startedAt
     WHERE NOT EXISTS (SELECT 1 FROM connections WHERE report_id = @id) ON CONFLICT (report_id) DO NOTHING`,
  ).run({ ...connection, ...of });
}

export function deleteOpenConnection(db: Db, id: string): void {
  sql(db, 'DELETE FROM open_connections WHERE report_id = ?').run(id);
}

export interface OpenConnectionRow extends ConnectionStart {
  /** The turn in which it began. */
  readonly turn: number | null;
}

/** The connections of one gateway whose end was not reported. */
export function openConnectionsOf(db: Db, instance: string): OpenConnectionRow[] {
  return sql(
    db,
    `SELECT report_id AS id, agent, turn_id AS turn, kind, host, port, method, rule_id AS rule, started_at AS startedAt
     FROM open_connections WHERE instance = ? ORDER BY started_at, report_id`,
  ).all(instance) as OpenConnectionRow[];
}

export function openConnectionsOfAgent(db: Db, agent: string): OpenConnectionRow[] {
  return sql(
    db,
    `SELECT report_id AS id, agent, turn_id AS turn, kind, host, port, method, rule_id AS rule, started_at AS startedAt
     FROM open_connections WHERE agent = ? ORDER BY started_at, report_id`,
  ).all(agent) as OpenConnectionRow[];
}

/** The gateways that have open connections. */
export function openConnectionInstances(db: Db): string[] {
  return sql(db, 'SELECT DISTINCT instance FROM open_connections').pluck().all() as string[];
}

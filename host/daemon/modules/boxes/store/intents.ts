import type { Db } from '../../../../../store/open-store.ts';
import { sql } from '../../../../../store/statements.ts';

export type IntentKind = 'rebuild' | 'rebuild_all' | 'destroy';

export interface IntentRow {
  id: number;
  kind: IntentKind;
  agent: string | null;
  data: Record<string, unknown>;
  createdAt: number;
}

export function insertIntent(
  db: Db,
  intent: { kind: IntentKind; agent: string | null; data: Record<string, unknown>; at: number },
): number {
  const result = sql(db, 'INSERT INTO intents (kind, agent, data, created_at) VALUES (?, ?, ?, ?)').run(
    intent.kind,
    intent.agent,
    JSON.stringify(intent.data),
    intent.at,
  );
  return Number(result.lastInsertRowid);
}

export function setIntentData(db: Db, id: number, data: Record<string, unknown>): void {
  sql(db, 'UPDATE intents SET data = ? WHERE id = ?').run(JSON.stringify(data), id);
}

export function endIntent(db: Db, id: number, end: { at: number; result: string }): void {
  sql(db, 'UPDATE intents SET ended_at = ?, result = ? WHERE id = ? AND ended_at IS NULL').run(end.at, end.result, id);
}

/** Open intents, oldest first. */
export function openIntents(db: Db, kind: IntentKind, agent?: string): IntentRow[] {
  const rows = sql(
    db,
    `SELECT id, kind, agent, data, created_at AS createdAt FROM intents
     WHERE ended_at IS NULL AND kind = @kind AND (@agent IS NULL OR agent = @agent) ORDER BY id`,
  ).all({ kind, agent: agent ?? null }) as (Omit<IntentRow, 'data'> & { data: string })[];
  return rows.map((row) => ({ ...row, data: JSON.parse(row.data) as Record<string, unknown> }));
}

/** Deletes intents that ended long ago; the event log covers the same period. Returns how many. */
export function pruneIntents(db: Db, { before, limit }: { before: number; limit: number }): number {
  return sql(
    db,
    'DELETE FROM intents WHERE id IN (SELECT id FROM intents WHERE ended_at IS NOT NULL AND ended_at < ? ORDER BY id LIMIT ?)',
  ).run(before, limit).changes;
}

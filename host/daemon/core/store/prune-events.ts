import type { Db } from '../../../../store/open-store.ts';
import { sql } from '../../../../store/statements.ts';
import type { RetentionStep, RetentionStepEnd } from '../retention.ts';
import { IS_SPOOLED } from './events.ts';

// As ranges: GLOB would be called for each row.
const IS_TRANSCRIPT = `(kind > 'turn.' AND kind < 'turn/' AND kind NOT IN ('turn.started', 'turn.finished')
  OR kind > 'cli.' AND kind < 'cli/')`;
const IS_OLD = `seq > @from AND seq < @to AND at < CASE WHEN ${IS_TRANSCRIPT} THEN @transcript ELSE @other END`;
const SPOOLED_BYTES = `SELECT agent, SUM(octet_length(data)) AS bytes FROM events NOT INDEXED
  WHERE ${IS_OLD} AND agent IS NOT NULL AND ${IS_SPOOLED} GROUP BY agent`;
const DELETE_OLD = `DELETE FROM events WHERE ${IS_OLD}`;

/**
 * Deletes the old events of one range, each kind by its own age (`before`, epoch ms; 0 keeps it): a walk over the log
 * for one kind deletes the other, too. `onSpooled` receives the bytes that a harness spooled. One statement for the
 * range: one for each event costs twice as much.
 */
export function pruneEvents(
  db: Db,
  ask: { look: RetentionStep; before: { transcript: number; other: number } },
  onSpooled: (agent: string, bytes: number) => void,
): RetentionStepEnd {
  const { look, before } = ask;
  const { last, end } = findRange(db, look);
  if (last === null) return { deleted: 0, next: null };
  const range = { from: look.from, to: end ?? last + 1, ...before };
  const spooled = sql(db, SPOOLED_BYTES).all(range) as { agent: string; bytes: number }[];
  const { changes } = sql(db, DELETE_OLD).run(range);
  for (const { agent, bytes } of spooled) onSpooled(agent, bytes);
  return { deleted: changes, next: end === null ? last : null };
}

/**
 * The step's last event, and the first young one, which ends the scan: events are in the order of creation. An event
 * younger than the newest was written while the clock was ahead: older ones follow it.
 */
function findRange(db: Db, look: RetentionStep): { last: number | null; end: number | null } {
  const newestAt = sql(db, 'SELECT at FROM events ORDER BY seq DESC LIMIT 1').pluck().get() as number | undefined;
  return sql(
    db,
    `SELECT MAX(seq) AS last, MIN(CASE WHEN at >= ? AND at <= ? THEN seq END) AS "end"
     FROM (SELECT seq, at FROM events WHERE seq > ? ORDER BY seq LIMIT ?)`,
  ).get(look.before, newestAt ?? 0, look.from, look.limit) as { last: number | null; end: number | null };
}

import type { Db } from '../../../../store/open-store.ts';
import { sql } from '../../../../store/statements.ts';
import type { RetentionStep, RetentionStepEnd } from '../retention.ts';
import { IS_SPOOLED } from './events.ts';

const IS_TRANSCRIPT = `(kind GLOB 'turn.*' AND kind NOT IN ('turn.started', 'turn.finished') OR kind GLOB 'cli.*')`;

const OLD = {
  transcript: `seq > ? AND seq < ? AND at < ? AND ${IS_TRANSCRIPT}`,
  other: `seq > ? AND seq < ? AND at < ? AND NOT ${IS_TRANSCRIPT}`,
} as const;

/**
 * Deletes old events, either of transcripts or all others; `onSpooled` receives those that a harness spooled. Deletes
 * by range, one statement each: one statement per event costs twice as much.
 */
export function pruneEvents(
  db: Db,
  ask: { which: 'transcript' | 'other'; look: RetentionStep },
  onSpooled: (agent: string, bytes: number) => void,
): RetentionStepEnd {
  const { which, look } = ask;
  const { last, end } = findRange(db, look);
  if (last === null) return { deleted: 0, next: null };
  const range = [look.from, end ?? last + 1, look.before];
  const spooled = sql(
    db,
    `SELECT agent, SUM(octet_length(data)) AS bytes FROM events NOT INDEXED
     WHERE ${OLD[which]} AND agent IS NOT NULL AND ${IS_SPOOLED} GROUP BY agent`,
  ).all(...range) as { agent: string; bytes: number }[];
  const { changes } = sql(db, `DELETE FROM events WHERE ${OLD[which]}`).run(...range);
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

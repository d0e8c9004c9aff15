import type { Db } from '../../../../../store/open-store.ts';
import { sql } from '../../../../../store/statements.ts';

/** A quarter of an hour. */
const SLOT_MS = 15 * 60_000;
/** More than the instances of the gateway that can run at once: one that ends, and one that serves. */
const NEWEST_COUNTERS = 3;

/** What one instance of the gateway has counted of an agent since it started. */
export interface TrafficSum {
  readonly agent: string;
  readonly instance: string;
  readonly bytes: number;
}

/** Stores a sum, and counts what it is more than the stored one. Returns that difference. */
export function addTraffic(db: Db, sum: TrafficSum, at: number): number {
  const stored = sql(db, 'SELECT bytes FROM traffic_counters WHERE agent = ? AND instance = ?')
    .pluck()
    .get(sum.agent, sum.instance) as number | undefined;
  const more = sum.bytes - (stored ?? 0);
  if (more <= 0) return 0;
  sql(
    db,
    `INSERT INTO traffic_counters (agent, instance, bytes, at) VALUES (@agent, @instance, @bytes, @at)
     ON CONFLICT (agent, instance) DO UPDATE SET bytes = excluded.bytes, at = excluded.at`,
  ).run({ ...sum, at });
  sql(
    db,
    `INSERT INTO traffic (agent, slot, bytes) VALUES (?, ?, ?)
     ON CONFLICT (agent, slot) DO UPDATE SET bytes = bytes + excluded.bytes`,
  ).run(sum.agent, at - (at % SLOT_MS), more);
  return more;
}

/** The bytes of an agent that were counted in a window. What a wrong clock put behind it belongs to another one. */
export function trafficIn(db: Db, agent: string, { start, end }: { start: number; end: number | null }): number {
  return sql(db, 'SELECT COALESCE(SUM(bytes), 0) FROM traffic WHERE agent = ? AND slot >= ? AND slot < ?')
    .pluck()
    .get(agent, start, end ?? Number.MAX_SAFE_INTEGER) as number;
}

/** The newest sums of an agent that are counted; those of a time that has not come are the oldest. */
export function newestCounters(db: Db, agent: string, now: number): Omit<TrafficSum, 'agent'>[] {
  return sql(db, 'SELECT instance, bytes FROM traffic_counters WHERE agent = ? ORDER BY at > ?, at DESC LIMIT ?').all(
    agent,
    now,
    NEWEST_COUNTERS,
  ) as Omit<TrafficSum, 'agent'>[];
}

export function deleteTrafficOf(db: Db, agent: string): void {
  sql(db, 'DELETE FROM traffic WHERE agent = ?').run(agent);
  sql(db, 'DELETE FROM traffic_counters WHERE agent = ?').run(agent);
}

/** Deletes what was counted before a time, at most `limit` rows. Returns the number deleted. */
export function pruneTraffic(db: Db, { before, limit }: { before: number; limit: number }): number {
  return sql(
    db,
    `DELETE FROM traffic WHERE (agent, slot) IN (SELECT agent, slot FROM traffic WHERE slot < ? ORDER BY slot LIMIT ?)`,
  ).run(before, limit).changes;
}

/**
 * Deletes sums that did not change since a time, at most `limit` rows, but not those of the instance that reported last:
 * it may still add to them. Returns the number deleted.
 */
export function pruneCounters(db: Db, { before, limit }: { before: number; limit: number }): number {
  return sql(
    db,
    `DELETE FROM traffic_counters WHERE (agent, instance) IN
       (SELECT agent, instance FROM traffic_counters WHERE at < ?
         AND instance <> (SELECT instance FROM traffic_counters ORDER BY at DESC LIMIT 1) LIMIT ?)`,
  ).run(before, limit).changes;
}

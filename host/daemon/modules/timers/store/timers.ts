import type { ReminderRollup } from '../../../../../protocol/schemas/reminder.ts';
import type { Db } from '../../../../../store/open-store.ts';
import { sql, textPerKey } from '../../../../../store/statements.ts';

/** An owner's standing reminders and schedules, which share one limit. */
export function countTimers(db: Db, owner: string): number {
  return sql(
    db,
    `SELECT (SELECT COUNT(*) FROM reminders WHERE owner = @owner AND state = 'standing')
       + (SELECT COUNT(*) FROM schedules WHERE owner = @owner)`,
  )
    .pluck()
    .get({ owner }) as number;
}

const TABLES = ['reminders', 'schedules'] as const;
type TimerTable = (typeof TABLES)[number];

const FIND_BY_KEY = textPerKey(
  TABLES,
  (table) => `SELECT id, asked, created_at AS createdAt FROM ${table} WHERE owner = ? AND key = ?`,
);
const SET_KEY = textPerKey(TABLES, (table) => `UPDATE ${table} SET key = ?, asked = ? WHERE id = ?`);

/**
 * The timer that an owner set under a key: its id, the digest of its request, and its time; null when there
 * is none.
 */
export function findTimerByKey(
  db: Db,
  table: TimerTable,
  by: { owner: string; key: string },
): { id: number; asked: string; createdAt: number } | null {
  const row = sql(db, FIND_BY_KEY[table]).get(by.owner, by.key);
  return (row as { id: number; asked: string; createdAt: number } | undefined) ?? null;
}

/** Null for both frees the key for reuse. */
export function setTimerKey(
  db: Db,
  timer: { table: TimerTable; id: number },
  keyed: { key: string | null; asked: string | null },
): void {
  sql(db, SET_KEY[timer.table]).run(keyed.key, keyed.asked, timer.id);
}

/**
 * On destruction of an agent: deletes its timers, and cancels pending reminders for it. Schedules that others
 * made for it stay; their owners are notified at the next run.
 */
export function forgetTimersOf(db: Db, name: string): void {
  sql(db, 'DELETE FROM reminders WHERE owner = ?').run(name);
  sql(db, "UPDATE reminders SET state = 'cancelled' WHERE recipient = ? AND state = 'standing'").run(name);
  sql(db, 'DELETE FROM schedules WHERE owner = ?').run(name);
  sql(db, 'DELETE FROM schedule_runs WHERE owner = ?').run(name);
}

/** An owner's timers that fell due in the period, as messages; a failed run has none. */
const FIRED = `
  SELECT message_id FROM reminders WHERE owner = @owner AND state = 'fired' AND due_at >= @from AND due_at < @to
  UNION ALL
  SELECT message_id FROM schedule_runs WHERE owner = @owner AND due_at >= @from AND due_at < @to`;

const REMINDER_ROLLUP = `WITH fired AS (${FIRED}), fates AS (
       SELECT MIN(d.in_context_at IS NOT NULL OR d.state = 'done') AS seen, MIN(d.state = 'done') AS done,
         MAX(d.state IN ('dead', 'expired', 'withdrawn')) AS lost
       FROM fired f CROSS JOIN deliveries d ON d.message_id = f.message_id AND d.copy = 0 GROUP BY f.message_id)
     SELECT (SELECT COUNT(*) FROM fired) AS fired,
       (SELECT COUNT(*) FROM fates WHERE seen) AS delivered,
       (SELECT COUNT(*) FROM fates WHERE done) AS handled,
       (SELECT COUNT(*) FROM fates WHERE lost) + (SELECT COUNT(*) FROM fired WHERE message_id IS NULL) AS failed`;

/**
 * The outcomes of an owner's reminders and schedules from `from` (epoch ms) until before `to`. A message to
 * several recipients counts as delivered or handled when it is so for all of them, and as failed when it is
 * for one.
 */
export function reminderRollup(db: Db, owner: string, period: { from: number; to: number }): ReminderRollup {
  const asked = sql(
    db,
    'SELECT COUNT(*) FROM reminders WHERE owner = @owner AND created_at >= @from AND created_at < @to',
  )
    .pluck()
    .get({ owner, ...period }) as number;
  const fates = sql(db, REMINDER_ROLLUP).get({ owner, ...period }) as Omit<ReminderRollup, 'asked'>;
  return { asked, ...fates };
}

/** Deletes old reminders and runs of schedules. */
export function pruneTimers(db: Db, look: { before: number; limit: number }): number {
  const { before, limit } = look;
  const reminders = sql(
    db,
    "DELETE FROM reminders WHERE id IN (SELECT id FROM reminders WHERE state <> 'standing' AND due_at < ? LIMIT ?)",
  ).run(before, limit);
  const runs = sql(
    db,
    `DELETE FROM schedule_runs WHERE (schedule_id, due_at) IN (SELECT schedule_id, due_at FROM schedule_runs WHERE due_at < ? LIMIT ?)`,
  ).run(before, limit);
  return reminders.changes + runs.changes;
}

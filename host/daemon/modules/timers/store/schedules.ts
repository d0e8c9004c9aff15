import { PRIORITIES, type Priority } from '../../../../../protocol/schemas/message.ts';
import type { ScheduleView } from '../../../../../protocol/schemas/reminder.ts';
import type { Db } from '../../../../../store/open-store.ts';
import { sql } from '../../../../../store/statements.ts';

/** The fields of a schedule that its owner chooses; times are epoch ms, spans ms. */
export type ScheduleTerms = Pick<ScheduleView, 'body' | 'cron' | 'timeZone' | 'misfire' | 'windowMs' | 'jitterMs'>;
export type NewSchedule = ScheduleTerms & Pick<ScheduleView, 'owner' | 'to' | 'action' | 'priority'> & { at: number };

/** Stores a schedule that is not standing yet: see `setNextRun`. */
export function insertSchedule(db: Db, schedule: NewSchedule): number {
  const result = sql(
    db,
    `INSERT INTO schedules (owner, recipient, action, priority, body, cron, time_zone, misfire, window_ms, jitter_ms, created_at)
     VALUES (@owner, @to, @action, @rank, @body, @cron, @timeZone, @misfire, @windowMs, @jitterMs, @at)`,
  ).run({ ...schedule, rank: schedule.priority === null ? null : PRIORITIES.indexOf(schedule.priority) });
  return Number(result.lastInsertRowid);
}

const COLUMNS = `id, owner, recipient AS "to", action, priority AS rank, body, cron, time_zone AS timeZone, misfire,
  window_ms AS windowMs, jitter_ms AS jitterMs, paused, next_at AS nextAt, last_at AS lastAt, fired, skipped, folded, trouble,
  created_at AS createdAt`;

type Raw = Omit<ScheduleView, 'priority' | 'paused'> & { rank: number | null; paused: number };

function fromRaw({ rank, paused, ...rest }: Raw): ScheduleView {
  const priority: Priority | null = rank === null ? null : (PRIORITIES[rank] ?? null);
  return { ...rest, priority, paused: paused === 1 };
}

const FIND_SCHEDULE = `SELECT ${COLUMNS} FROM schedules WHERE id = ?`;

export function findSchedule(db: Db, id: number): ScheduleView | null {
  const raw = sql(db, FIND_SCHEDULE).get(id) as Raw | undefined;
  return raw === undefined ? null : fromRaw(raw);
}

const SCHEDULES_OF = `SELECT ${COLUMNS} FROM schedules WHERE owner = ? ORDER BY next_at IS NULL, next_at, id`;

/** An owner's schedules, the next one due first. */
export function schedulesOf(db: Db, owner: string): ScheduleView[] {
  const rows = sql(db, SCHEDULES_OF).all(owner) as Raw[];
  return rows.map(fromRaw);
}

const LIST_SCHEDULES = `SELECT ${COLUMNS} FROM schedules WHERE @of IS NULL OR owner = @of OR recipient = @of
     ORDER BY next_at IS NULL, next_at, id`;

/** Every schedule, or those by or for `of`, the next one due first. */
export function listSchedules(db: Db, of: string | null): ScheduleView[] {
  const rows = sql(db, LIST_SCHEDULES).all({ of }) as Raw[];
  return rows.map(fromRaw);
}

export function setSchedule(db: Db, id: number, terms: ScheduleTerms & { paused: boolean }): void {
  sql(
    db,
    `UPDATE schedules SET body = @body, cron = @cron, time_zone = @timeZone, misfire = @misfire,
       window_ms = @windowMs, jitter_ms = @jitterMs, paused = @isPaused WHERE id = @id`,
  ).run({ ...terms, isPaused: terms.paused ? 1 : 0, id });
}

/** Sets the next time it fires (epoch ms, jitter included); null when it never does, or is paused. */
export function setNextRun(db: Db, id: number, nextAt: number | null): void {
  sql(db, 'UPDATE schedules SET next_at = ? WHERE id = ?').run(nextAt, id);
}

export function deleteSchedule(db: Db, id: number): void {
  sql(db, 'DELETE FROM schedules WHERE id = ?').run(id);
}

/** When the next schedule is due (epoch ms); null when none is. */
export function nextScheduleAt(db: Db): number | null {
  return sql(db, 'SELECT MIN(next_at) FROM schedules WHERE paused = 0 AND next_at IS NOT NULL').pluck().get() as
    | number
    | null;
}

const DUE_SCHEDULES = `SELECT ${COLUMNS} FROM schedules WHERE paused = 0 AND next_at IS NOT NULL AND next_at <= ? ORDER BY next_at, id LIMIT ?`;

/** Due schedules, in order of their times. */
export function dueSchedules(db: Db, now: number, limit: number): ScheduleView[] {
  const rows = sql(db, DUE_SCHEDULES).all(now, limit) as Raw[];
  return rows.map(fromRaw);
}

/** Claims a run; false when it was claimed before. `dueAt` is the cron line's time, without jitter. */
export function claimRun(db: Db, run: { schedule: number; dueAt: number; owner: string }): boolean {
  const result = sql(
    db,
    'INSERT INTO schedule_runs (schedule_id, due_at, owner) VALUES (?, ?, ?) ON CONFLICT DO NOTHING',
  ).run(run.schedule, run.dueAt, run.owner);
  return result.changes === 1;
}

/** The outcome of a claimed run: a message, or (with null) the trouble that prevented it. */
export function recordRun(
  db: Db,
  run: { schedule: number; dueAt: number; message: number | null; trouble: string | null; at: number },
): void {
  const { schedule, dueAt, message, trouble, at } = run;
  if (message !== null)
    sql(db, 'UPDATE schedule_runs SET message_id = ? WHERE schedule_id = ? AND due_at = ?').run(
      message,
      schedule,
      dueAt,
    );
  sql(
    db,
    `UPDATE schedules SET fired = fired + 1, last_at = @at, trouble = @trouble,
       folded = CASE WHEN @message IS NULL THEN folded ELSE 0 END WHERE id = @schedule`,
  ).run({ at, trouble, message, schedule });
}

export function addSkipped(db: Db, id: number, runs: number): void {
  sql(db, 'UPDATE schedules SET skipped = skipped + ? WHERE id = ?').run(runs, id);
}

/** The message of the run `back` runs ago (1: the last one), when no recipient has read it yet; else null. */
export function runThatWaits(db: Db, run: { schedule: number; back: number }): number | null {
  const row = sql(
    db,
    `WITH run AS (
       SELECT message_id AS message FROM schedule_runs WHERE schedule_id = @schedule AND message_id IS NOT NULL
       ORDER BY message_id DESC LIMIT 1 OFFSET @before)
     SELECT message FROM run
     WHERE EXISTS (SELECT 1 FROM deliveries WHERE message_id = message AND copy = 0)
       AND NOT EXISTS (SELECT 1 FROM deliveries WHERE message_id = message AND copy = 0 AND state <> 'queued')`,
  )
    .pluck()
    .get({ schedule: run.schedule, before: run.back - 1 });
  return (row as number | undefined) ?? null;
}

/**
 * Counts a run that was skipped because an earlier one is unread. Returns the number skipped since the last
 * message.
 */
export function addFolded(db: Db, id: number): number {
  return sql(db, 'UPDATE schedules SET skipped = skipped + 1, folded = folded + 1 WHERE id = ? RETURNING folded')
    .pluck()
    .get(id) as number;
}

export function foldedOf(db: Db, id: number): number {
  return sql(db, 'SELECT folded FROM schedules WHERE id = ?').pluck().get(id) as number;
}

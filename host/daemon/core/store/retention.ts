import type { Db } from '../../../../store/open-store.ts';
import { deleteAttachmentsOf } from '../../modules/files/store/blobs.ts';
import { forgetWords } from '../../modules/search/store/search.ts';
import { addSpooledBytes, IS_SPOOLED } from '../../modules/turns/store/spools.ts';
import { sql } from '../../../../store/statements.ts';

/** How far one look goes; what is found is deleted in the same transaction. */
export interface Look {
  /** Where the last look ended; 0 at first. */
  from: number;
  /** Only what is older (epoch ms). */
  before: number;
  /** Rows that are looked at. */
  limit: number;
}

/** `next` is null when everything old enough was looked at. */
export interface Looked {
  deleted: number;
  next: number | null;
}

/** Deletes old events, of transcripts or of everything else. */
export function pruneEvents(db: Db, which: 'transcript' | 'other', look: Look): Looked {
  const rows = sql(
    db,
    `SELECT seq AS id, at, agent, octet_length(data) AS bytes, ${IS_SPOOLED} AS isSpooled, kind GLOB 'turn.*' AND kind NOT IN ('turn.started', 'turn.finished') OR kind GLOB 'cli.*' AS isTranscript
     FROM events WHERE seq > ? ORDER BY seq LIMIT ?`,
  ).all(look.from, look.limit) as {
    id: number;
    at: number;
    agent: string | null;
    bytes: number;
    isSpooled: number;
    isTranscript: number;
  }[];
  const remove = sql(db, 'DELETE FROM events WHERE seq = ?');
  const newestAt = sql(db, 'SELECT at FROM events ORDER BY seq DESC LIMIT 1').pluck().get() as number | undefined;
  return sweepRows(rows, { ...look, newestAt }, (row) => {
    if ((row.isTranscript === 1) !== (which === 'transcript')) return false;
    remove.run(row.id);
    if (row.isSpooled === 1 && row.agent !== null) addSpooledBytes(db, row.agent, -row.bytes);
    return true;
  });
}

/**
 * Deletes old messages with everything that hangs on them: the hive's own and reminders, or what somebody wrote. What
 * somebody still waits for stays: a delivery that is not over (a dead one waits for the operator), an open question.
 */
export function pruneMessages(db: Db, which: 'own' | 'written', look: Look): Looked {
  const rows = sql(
    db,
    `SELECT id, at, thread, body, kind IN ('system', 'reminder') AS isOwn,
       EXISTS (SELECT 1 FROM deliveries d WHERE d.message_id = m.id AND d.state IN ('queued', 'leased', 'dead'))
       OR EXISTS (SELECT 1 FROM questions q WHERE q.id = m.id AND q.state = 'open') AS isWanted
     FROM messages m WHERE id > ? ORDER BY id LIMIT ?`,
  ).all(look.from, look.limit) as {
    id: number;
    at: number;
    thread: number;
    body: string;
    isOwn: number;
    isWanted: number;
  }[];
  const newestAt = sql(db, 'SELECT at FROM messages ORDER BY id DESC LIMIT 1').pluck().get() as number | undefined;
  return sweepRows(rows, { ...look, newestAt }, (row) => {
    if ((row.isOwn === 1) !== (which === 'own') || row.isWanted === 1) return false;
    deleteMessage(db, row);
    return true;
  });
}

function deleteMessage(db: Db, message: { id: number; thread: number; body: string }): void {
  const { id, thread } = message;
  deleteAttachmentsOf(db, [id]);
  sql(db, 'DELETE FROM questions WHERE id = ?').run(id);
  sql(db, 'DELETE FROM turn_deliveries WHERE delivery_id IN (SELECT id FROM deliveries WHERE message_id = ?)').run(id);
  sql(db, 'DELETE FROM deliveries WHERE message_id = ?').run(id);
  forgetWords(db, message);
  sql(db, 'DELETE FROM messages WHERE id = ?').run(id);
  sql(
    db,
    'UPDATE threads SET messages = messages - 1, last_id = (SELECT COALESCE(MAX(id), 0) FROM messages WHERE thread = ?) WHERE id = ?',
  ).run(thread, thread);
  sql(db, 'DELETE FROM threads WHERE id = ? AND last_id = 0').run(thread);
}

/**
 * Deletes old turns of which nothing else is left: no mail that they read, no call to a model. The newest of each agent
 * stays, since the next one goes by how it ended.
 */
export function pruneTurns(db: Db, look: Look): Looked {
  const rows = sql(
    db,
    `SELECT id, started_at AS at, ended_at IS NULL OR NOT EXISTS (SELECT 1 FROM turns n WHERE n.agent = t.agent AND n.id > t.id)
       OR EXISTS (SELECT 1 FROM turn_deliveries d WHERE d.turn_id = t.id)
       OR EXISTS (SELECT 1 FROM model_calls c WHERE c.turn_id = t.id) AS isWanted
     FROM turns t WHERE id > ? ORDER BY id LIMIT ?`,
  ).all(look.from, look.limit) as { id: number; at: number; isWanted: number }[];
  const newestAt = sql(db, 'SELECT started_at FROM turns ORDER BY id DESC LIMIT 1').pluck().get() as number | undefined;
  return sweepRows(rows, { ...look, newestAt }, (row) => {
    if (row.isWanted === 1) return false;
    sql(db, 'DELETE FROM turns WHERE id = ?').run(row.id);
    return true;
  });
}

/** Reminders and runs of schedules that are over. */
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

/**
 * Rows are in the order of their making, so the first that is young enough ends the look; unless it is younger than the
 * newest row: then it was written while the clock was ahead, and older rows lie behind it.
 */
function sweepRows<T extends { id: number; at: number }>(
  rows: readonly T[],
  look: Look & { newestAt: number | undefined },
  remove: (row: T) => boolean,
): Looked {
  let deleted = 0;
  for (const row of rows) {
    if (row.at >= look.before) {
      if (row.at > (look.newestAt ?? row.at)) continue;
      return { deleted, next: null };
    }
    if (remove(row)) deleted += 1;
  }
  const last = rows.at(-1);
  return { deleted, next: last === undefined ? null : last.id };
}

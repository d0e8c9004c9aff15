import type { Db } from '../../../../../store/open-store.ts';
import { pruneInOrder, type RetentionStep, type RetentionStepEnd } from '../../../core/retention.ts';
import { sql } from '../../../../../store/statements.ts';

/**
 * Deletes old messages with their deliveries, after `onDeleted` had other modules delete the rows that refer
 * to them. Depending on the retention class, these are messages of the hive and reminders, or messages that
 * somebody wrote. Messages with an unfinished delivery (a dead one waits for the operator) or an open
 * question stay.
 */
export function pruneMessages(
  db: Db,
  ask: { which: 'own' | 'written'; look: RetentionStep },
  onDeleted: (message: { id: number; body: string }) => void,
): RetentionStepEnd {
  const { which, look } = ask;
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
  return pruneInOrder(rows, { ...look, newestAt }, (row) => {
    if ((row.isOwn === 1) !== (which === 'own') || row.isWanted === 1) return false;
    onDeleted(row);
    deleteMessage(db, row);
    return true;
  });
}

function deleteMessage(db: Db, message: { id: number; thread: number }): void {
  const { id, thread } = message;
  sql(db, 'DELETE FROM turn_deliveries WHERE delivery_id IN (SELECT id FROM deliveries WHERE message_id = ?)').run(id);
  sql(db, 'DELETE FROM deliveries WHERE message_id = ?').run(id);
  sql(db, 'DELETE FROM messages WHERE id = ?').run(id);
  sql(
    db,
    'UPDATE threads SET messages = messages - 1, last_id = (SELECT COALESCE(MAX(id), 0) FROM messages WHERE thread = ?) WHERE id = ?',
  ).run(thread, thread);
  sql(db, 'DELETE FROM threads WHERE id = ? AND last_id = 0').run(thread);
}

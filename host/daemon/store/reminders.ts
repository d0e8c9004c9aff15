import type { Db } from '../../../store/open-store.ts';
import { sql } from './statements.ts';

export interface DueReminder {
  id: number;
  agent: string;
  dueAt: number;
  body: string;
}

export function insertReminder(db: Db, reminder: { agent: string; dueAt: number; body: string; at: number }): number {
  const result = sql(db, 'INSERT INTO reminders (agent, due_at, body, created_at) VALUES (?, ?, ?, ?)').run(
    reminder.agent,
    reminder.dueAt,
    reminder.body,
    reminder.at,
  );
  return Number(result.lastInsertRowid);
}

export function countStanding(db: Db, agent: string): number {
  return sql(db, 'SELECT COUNT(*) FROM reminders WHERE agent = ? AND message_id IS NULL').pluck().get(agent) as number;
}

export function nextDueAt(db: Db): number | null {
  return sql(db, 'SELECT MIN(due_at) FROM reminders WHERE message_id IS NULL').pluck().get() as number | null;
}

export function dueReminders(db: Db, now: number, limit: number): DueReminder[] {
  return sql(
    db,
    'SELECT id, agent, due_at AS dueAt, body FROM reminders WHERE message_id IS NULL AND due_at <= ? ORDER BY due_at, id LIMIT ?',
  ).all(now, limit) as DueReminder[];
}

export function markFired(db: Db, id: number, messageId: number): void {
  sql(db, 'UPDATE reminders SET message_id = ? WHERE id = ?').run(messageId, id);
}

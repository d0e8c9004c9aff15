import type { Db } from '../../../store/open-store.ts';
import { sql } from './statements.ts';

/** Two agents that write to each other: what is known of their talk, as JSON of `Talk`. */
export interface TalkRow {
  state: string;
  thread: number | null;
  question: number | null;
  /** When the last message that was slowed goes out (epoch ms); 0 when none was. */
  heldUntil: number;
}

export function findTalk(db: Db, a: string, b: string): TalkRow | null {
  const row = sql(db, 'SELECT state, thread, question, held_until AS heldUntil FROM talks WHERE a = ? AND b = ?').get(
    ...inOrder(a, b),
  );
  return (row as TalkRow | undefined) ?? null;
}

export function saveTalk(db: Db, pair: { a: string; b: string }, row: TalkRow): void {
  const [a, b] = inOrder(pair.a, pair.b);
  sql(
    db,
    `INSERT INTO talks (a, b, state, thread, question, held_until) VALUES (?, ?, ?, ?, ?, ?)
     ON CONFLICT (a, b) DO UPDATE SET state = excluded.state, thread = excluded.thread, question = excluded.question,
       held_until = excluded.held_until`,
  ).run(a, b, row.state, row.thread, row.question, row.heldUntil);
}

/** The paused talk that a question to the operator, or a thread, is about. */
export function talkAbout(
  db: Db,
  of: { question: number } | { thread: number },
): (TalkRow & { a: string; b: string }) | null {
  const row =
    'question' in of
      ? sql(db, 'SELECT a, b, state, thread, question, held_until AS heldUntil FROM talks WHERE question = ?').get(
          of.question,
        )
      : sql(db, 'SELECT a, b, state, thread, question, held_until AS heldUntil FROM talks WHERE thread = ?').get(
          of.thread,
        );
  return (row as (TalkRow & { a: string; b: string }) | undefined) ?? null;
}

export function forgetTalksOf(db: Db, name: string): void {
  sql(db, 'DELETE FROM talks WHERE a = ? OR b = ?').run(name, name);
}

function inOrder(a: string, b: string): [string, string] {
  return a < b ? [a, b] : [b, a];
}

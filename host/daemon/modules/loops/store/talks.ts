import type { Db } from '../../../../../store/open-store.ts';
import { sql } from '../../../../../store/statements.ts';

/** The loop state of two agents that write to each other. */
export interface TalkRow {
  /** JSON of `Talk` (modules/loops/policy/talk.ts). */
  state: string;
  lastSender: string | null;
  paused: boolean;
  thread: number | null;
  question: number | null;
  /** When the last delayed message is released (epoch ms); 0 when none is delayed. */
  heldUntil: number;
}

const COLUMNS = 'state, last_sender AS lastSender, paused, thread, question, held_until AS heldUntil';

function fromRaw<T extends { paused: number }>(raw: T): Omit<T, 'paused'> & { paused: boolean } {
  return { ...raw, paused: raw.paused === 1 };
}

const FIND_TALK = `SELECT ${COLUMNS} FROM talks WHERE a = ? AND b = ?`;

export function findTalk(db: Db, a: string, b: string): TalkRow | null {
  const row = sql(db, FIND_TALK).get(a < b ? a : b, a < b ? b : a);
  return row === undefined ? null : fromRaw(row as Omit<TalkRow, 'paused'> & { paused: number });
}

export function saveTalk(db: Db, pair: { a: string; b: string }, row: TalkRow): void {
  const { a, b } = pair;
  sql(
    db,
    `INSERT INTO talks (a, b, state, last_sender, paused, thread, question, held_until) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (a, b) DO UPDATE SET state = excluded.state, last_sender = excluded.last_sender, paused = excluded.paused,
       thread = excluded.thread, question = excluded.question, held_until = excluded.held_until`,
  ).run(
    a < b ? a : b,
    a < b ? b : a,
    row.state,
    row.lastSender,
    row.paused ? 1 : 0,
    row.thread,
    row.question,
    row.heldUntil,
  );
}

const TALK_BY_QUESTION = `SELECT a, b, ${COLUMNS} FROM talks WHERE question = ?`;

const TALK_BY_THREAD = `SELECT a, b, ${COLUMNS} FROM talks WHERE thread = ?`;

/** Finds the paused pair by the question to the operator about it, or by its thread. */
export function talkAbout(
  db: Db,
  of: { question: number } | { thread: number },
): (TalkRow & { a: string; b: string }) | null {
  const row = 'question' in of ? sql(db, TALK_BY_QUESTION).get(of.question) : sql(db, TALK_BY_THREAD).get(of.thread);
  return row === undefined ? null : fromRaw(row as Omit<TalkRow, 'paused'> & { paused: number; a: string; b: string });
}

/** The threads in which pauses hold mail of this agent. */
export function pausedThreadsOf(db: Db, name: string): number[] {
  return sql(db, 'SELECT thread FROM talks WHERE thread IS NOT NULL AND (a = ? OR b = ?)')
    .pluck()
    .all(name, name) as number[];
}

export function forgetTalksOf(db: Db, name: string): void {
  sql(db, 'DELETE FROM talks WHERE a = ? OR b = ?').run(name, name);
}

import type { ThreadState, ThreadView } from '../../../../../protocol/schemas/message.ts';
import type { Db } from '../../../../../store/open-store.ts';
import { firstLine } from './preview.ts';
import { sql } from '../../../../../store/statements.ts';

/** The first message of a thread creates its head row. */
export function openThread(db: Db, message: number): void {
  sql(db, 'INSERT INTO threads (id, last_id) VALUES (?, ?)').run(message, message);
}

/** Adds a further message. If the head was deleted with old messages, it is created again. */
export function extendThread(db: Db, thread: number, message: number): void {
  sql(
    db,
    `INSERT INTO threads (id, last_id) VALUES (?, ?)
     ON CONFLICT (id) DO UPDATE SET messages = messages + 1, last_id = excluded.last_id`,
  ).run(thread, message);
}

export function threadStateOf(db: Db, thread: number): ThreadState {
  return (sql(db, 'SELECT state FROM threads WHERE id = ?').pluck().get(thread) as ThreadState | undefined) ?? 'open';
}

export function setThreadState(db: Db, thread: number, next: { state: ThreadState; why: string | null }): void {
  sql(db, 'UPDATE threads SET state = ?, why = ? WHERE id = ?').run(next.state, next.why, thread);
}

/**
 * Threads, most recently used first; with `of`, only those of that name. `before` is the cursor: continuing
 * with the last page's lastId gives each thread once. For a name with more than 10,000 messages, a page
 * covers the threads of the newest 10,000 before the cursor.
 */
export function listThreads(db: Db, query: { of: string | null; before: number; limit: number }): ThreadView[] {
  const { of, before, limit } = query;
  const ids =
    of === null
      ? (sql(db, 'SELECT id FROM threads WHERE last_id < ? ORDER BY last_id DESC LIMIT ?')
          .pluck()
          .all(before, limit) as number[])
      : threadsOf(db, { of, before, limit });
  return ids.flatMap((id) => threadHead(db, id) ?? []);
}

/** Maximum number of one name's messages that a page scans for their threads. */
const MOST_LOOKED_AT = 10_000;

function threadsOf(db: Db, query: { of: string; before: number; limit: number }): number[] {
  // Others may have written last in any of these threads, so the order of this name's own messages is not the
  // threads' order.
  return sql(
    db,
    `SELECT t.id FROM threads t WHERE +t.last_id < @before AND t.id IN (
       SELECT thread FROM (SELECT thread FROM messages WHERE sender = @of AND id < @before ORDER BY id DESC LIMIT @most)
       UNION
       SELECT m.thread FROM (SELECT message_id FROM deliveries WHERE recipient = @of AND message_id < @before
         ORDER BY message_id DESC LIMIT @most) d JOIN messages m ON m.id = d.message_id
     ) ORDER BY +t.last_id DESC LIMIT @limit`,
  )
    .pluck()
    .all({ ...query, most: MOST_LOOKED_AT }) as number[];
}

/** The open threads of a name, most recently used first, at most `limit`. */
export function openThreadsOf(db: Db, name: string, limit: number): ThreadView[] {
  const newest = listThreads(db, { of: name, before: Number.MAX_SAFE_INTEGER, limit: limit * 3 });
  return newest.filter(({ state }) => state === 'open').slice(0, limit);
}

export function threadHead(db: Db, thread: number): ThreadView | null {
  const head = sql(db, 'SELECT id, state, why, messages, last_id AS lastId FROM threads WHERE id = ?').get(thread) as
    | Pick<ThreadView, 'id' | 'state' | 'why' | 'messages' | 'lastId'>
    | undefined;
  if (head === undefined) return null;
  const first = sql(db, 'SELECT body, at FROM messages WHERE thread = ? ORDER BY id LIMIT 1').get(thread) as {
    body: string;
    at: number;
  };
  const last = sql(db, 'SELECT sender AS lastFrom, at AS lastAt FROM messages WHERE id = ?').get(head.lastId) as Pick<
    ThreadView,
    'lastFrom' | 'lastAt'
  >;
  const states = sql(
    db,
    `SELECT COALESCE(SUM(d.state IN ('queued', 'leased')), 0) AS open, COALESCE(SUM(d.state = 'dead'), 0) AS dead,
       COALESCE(SUM(d.state = 'queued' AND d.recipient = 'operator'), 0) AS unread
     FROM messages m JOIN deliveries d ON d.message_id = m.id WHERE m.thread = ?`,
  ).get(thread) as { open: number; dead: number; unread: number };
  const participants = sql(
    db,
    `SELECT sender FROM messages WHERE thread = @thread
     UNION SELECT d.recipient FROM messages m JOIN deliveries d ON d.message_id = m.id WHERE m.thread = @thread ORDER BY 1`,
  )
    .pluck()
    .all({ thread }) as string[];
  return { ...head, subject: firstLine(first.body), firstAt: first.at, ...last, participants, ...states };
}

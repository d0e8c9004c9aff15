import type { Db } from '../../../../../store/open-store.ts';
import { sql } from '../../../../../store/statements.ts';

export interface SessionRow {
  id: string;
  driver: string;
  copyOf: string | null;
  firstAt: number;
  lastAt: number;
  turns: number;
  contextTokens: number | null;
  windowTokens: number | null;
  notesAt: number | null;
  mark: string | null;
  bytes: number | null;
}

const COLUMNS = `id, driver, copy_of AS copyOf, first_at AS firstAt, last_at AS lastAt, turns,
  context_tokens AS contextTokens, window_tokens AS windowTokens, notes_at AS notesAt, mark, bytes`;

const FIND = `SELECT ${COLUMNS} FROM agent_sessions WHERE agent = ? AND id = ?`;
const LIST = `SELECT ${COLUMNS} FROM agent_sessions WHERE agent = ? ORDER BY last_at DESC, id`;

export function findSession(db: Db, agent: string, id: string): SessionRow | null {
  return (sql(db, FIND).get(agent, id) as SessionRow | undefined) ?? null;
}

/** An agent's conversations, the newest use first. */
export function listSessions(db: Db, agent: string): SessionRow[] {
  return sql(db, LIST).all(agent) as SessionRow[];
}

export function hasSessions(db: Db, agent: string): boolean {
  return sql(db, 'SELECT EXISTS (SELECT 1 FROM agent_sessions WHERE agent = ?)').pluck().get(agent) === 1;
}

/** Conversations per agent that are remembered: a program could make up any number of them. */
const MOST_SESSIONS = 200;

/**
 * A turn ended in this conversation. Unknown figures leave what was known; a compaction makes earlier notes old, and
 * `asked` is the size at which the agent was asked for notes in this turn.
 */
export function storeSession(
  db: Db,
  agent: string,
  turn: {
    id: string;
    driver: string;
    at: number;
    copyOf: string | null;
    contextTokens: number | null;
    windowTokens: number | null;
    mark: string | null;
    bytes: number | null;
    asked: number | null;
    compacted: boolean;
  },
): void {
  sql(
    db,
    `INSERT INTO agent_sessions (agent, id, driver, copy_of, first_at, last_at, turns, context_tokens, window_tokens,
       notes_at, mark, bytes)
     VALUES (@agent, @id, @driver, @copyOf, @at, @at, 1, @contextTokens, @windowTokens, @asked, @mark, @bytes)
     ON CONFLICT (agent, id) DO UPDATE SET driver = excluded.driver, last_at = excluded.last_at, turns = turns + 1,
       context_tokens = COALESCE(excluded.context_tokens, context_tokens),
       window_tokens = COALESCE(excluded.window_tokens, window_tokens),
       notes_at = CASE WHEN excluded.notes_at IS NOT NULL THEN excluded.notes_at WHEN @compacted THEN NULL ELSE notes_at END,
       mark = COALESCE(excluded.mark, mark), bytes = COALESCE(excluded.bytes, bytes)`,
  ).run({ agent, ...turn, compacted: turn.compacted ? 1 : 0 });
  sql(
    db,
    `DELETE FROM agent_sessions WHERE agent = @agent AND id IN
       (SELECT id FROM agent_sessions WHERE agent = @agent ORDER BY last_at DESC, id LIMIT -1 OFFSET @most)`,
  ).run({ agent, most: MOST_SESSIONS });
}

export function setFileSize(db: Db, of: { agent: string; id: string; bytes: number }): void {
  sql(db, 'UPDATE agent_sessions SET bytes = @bytes WHERE agent = @agent AND id = @id').run(of);
}

export function deleteSessionRow(db: Db, agent: string, id: string): void {
  sql(db, 'DELETE FROM agent_sessions WHERE agent = ? AND id = ?').run(agent, id);
}

export type Wish = { wish: 'fresh' } | { wish: 'use' | 'fork'; id: string };

/** Replaces an earlier wish. */
export function storeWish(db: Db, agent: string, { at, ...wish }: Wish & { at: number }): void {
  sql(
    db,
    `INSERT INTO session_wishes (agent, wish, session_id, at) VALUES (?, ?, ?, ?)
     ON CONFLICT (agent) DO UPDATE SET wish = excluded.wish, session_id = excluded.session_id, at = excluded.at`,
  ).run(agent, wish.wish, 'id' in wish ? wish.id : null, at);
}

/** What the operator wants of the next turn's conversation; null for nothing. */
export function wishOf(db: Db, agent: string): Wish | null {
  const row = sql(db, 'SELECT wish, session_id AS id FROM session_wishes WHERE agent = ?').get(agent) as
    | { wish: Wish['wish']; id: string | null }
    | undefined;
  if (row === undefined) return null;
  return row.wish === 'fresh' || row.id === null ? { wish: 'fresh' } : { wish: row.wish, id: row.id };
}

export function deleteWish(db: Db, agent: string): void {
  sql(db, 'DELETE FROM session_wishes WHERE agent = ?').run(agent);
}

/** A turn that began then (epoch ms) made the copy: the wish for it goes, one that the operator made since stays. */
export function deleteForkWish(db: Db, of: { agent: string; id: string; begunAt: number }): void {
  sql(
    db,
    "DELETE FROM session_wishes WHERE agent = @agent AND wish = 'fork' AND session_id = @id AND at <= @begunAt",
  ).run(of);
}

/** On destruction of an agent. */
export function forgetSessionsOf(db: Db, agent: string): void {
  sql(db, 'DELETE FROM agent_sessions WHERE agent = ?').run(agent);
  deleteWish(db, agent);
}

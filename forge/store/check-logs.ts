import type { CheckNote } from '../../protocol/schemas/check.ts';
import type { Db } from '../../store/open-store.ts';
import { sql } from '../../store/statements.ts';

/** A stored piece of a run's output. */
export interface LogPiece {
  readonly seq: number;
  readonly text: string;
}

/**
 * Adds to a run's output, of which at most `most` characters stay: the first `head` ones and the newest. What is
 * dropped between them is counted.
 */
export function addLog(db: Db, run: number, { text, head, most }: { text: string; head: number; most: number }): void {
  const next = sql(
    db,
    `INSERT INTO check_logs (run_id, seq, text)
       VALUES (@run, 1 + coalesce((SELECT max(seq) FROM check_logs WHERE run_id = @run), 0), @text)`,
  );
  next.run({ run, text });
  // Counted by SQLite in both places: its characters are code points.
  sql(db, 'UPDATE check_runs SET log_chars = log_chars + length(?) WHERE id = ?').run(text, run);
  const { chars } = sql(db, 'SELECT log_chars AS chars FROM check_runs WHERE id = ?').get(run) as { chars: number };
  let over = chars - most;
  if (over <= 0) return;
  let kept = 0;
  for (const piece of sql(db, PIECES).all(run) as { seq: number; chars: number }[]) {
    kept += piece.chars;
    if (kept <= head) continue;
    dropPiece(db, run, piece);
    over -= piece.chars;
    if (over <= 0) return;
  }
}

const PIECES = 'SELECT seq, length(text) AS chars FROM check_logs WHERE run_id = ? ORDER BY seq';

function dropPiece(db: Db, run: number, { seq, chars }: { seq: number; chars: number }): void {
  sql(db, 'DELETE FROM check_logs WHERE run_id = ? AND seq = ?').run(run, seq);
  sql(db, 'UPDATE check_runs SET log_chars = log_chars - ?, log_dropped = log_dropped + ? WHERE id = ?').run(
    chars,
    chars,
    run,
  );
}

/** Pieces before `before`, the newest first, read as they are needed. */
export function* newestPieces(db: Db, run: number, before: number | null): Generator<LogPiece> {
  const text = `SELECT seq, text FROM check_logs WHERE run_id = ? AND seq < ? ORDER BY seq DESC`;
  yield* sql(db, text).iterate(run, before ?? Number.MAX_SAFE_INTEGER) as IterableIterator<LogPiece>;
}

/** Forgets a run's output: it is queued again, or it is too old. Its notes stay where `keepsNotes`. */
export function deleteLog(db: Db, run: number, { keepsNotes }: { keepsNotes: boolean }): void {
  sql(db, 'DELETE FROM check_logs WHERE run_id = ?').run(run);
  if (!keepsNotes) sql(db, 'DELETE FROM check_notes WHERE run_id = ?').run(run);
  sql(db, 'UPDATE check_runs SET log_chars = 0, log_dropped = 0 WHERE id = ?').run(run);
}

/** Ended runs with an output, the one that ended first first. */
export function oldestLogs(db: Db, limit: number): { id: number; endedAt: number; chars: number }[] {
  const text = `SELECT id, ended_at AS endedAt, log_chars AS chars FROM check_runs
    WHERE log_chars > 0 AND ended_at IS NOT NULL ORDER BY ended_at LIMIT ?`;
  return sql(db, text).all(limit) as { id: number; endedAt: number; chars: number }[];
}

/** Characters of all stored outputs. */
export function countLogChars(db: Db): number {
  const text = 'SELECT coalesce(sum(log_chars), 0) AS chars FROM check_runs WHERE log_chars > 0';
  return (sql(db, text).get() as { chars: number }).chars;
}

/** Adds notes of a run, of which at most `most` stay: the first ones. */
export function addNotes(db: Db, run: number, { notes, most }: { notes: readonly CheckNote[]; most: number }): void {
  if (notes.length === 0) return;
  const { count } = sql(db, 'SELECT count(*) AS count FROM check_notes WHERE run_id = ?').get(run) as { count: number };
  const insert = sql(
    db,
    'INSERT INTO check_notes (run_id, level, path, line, message) VALUES (@run, @level, @path, @line, @message)',
  );
  for (const note of notes.slice(0, Math.max(0, most - count))) insert.run({ ...note, run });
}

export function notesOf(db: Db, run: number): CheckNote[] {
  const text = 'SELECT level, path, line, message FROM check_notes WHERE run_id = ? ORDER BY id';
  return sql(db, text).all(run) as CheckNote[];
}

import type { Db } from '../../../../../store/open-store.ts';
import { sql } from '../../../../../store/statements.ts';

export function insertLink(db: Db, link: { hash: string; expiresAt: number; now: number }): void {
  sql(db, 'DELETE FROM sign_in_links WHERE expires_at < ?').run(link.now);
  sql(db, 'INSERT INTO sign_in_links (hash, expires_at) VALUES (?, ?)').run(link.hash, link.expiresAt);
}

/** Uses up a link. False when it is unknown, used or too old. */
export function takeLink(db: Db, hash: string, now: number): boolean {
  return (
    sql(db, 'UPDATE sign_in_links SET used_at = ? WHERE hash = ? AND used_at IS NULL AND expires_at >= ?').run(
      now,
      hash,
      now,
    ).changes === 1
  );
}

export function insertSession(db: Db, session: { hash: string; createdAt: number; expiresAt: number }): void {
  sql(db, 'DELETE FROM sessions WHERE expires_at < ?').run(session.createdAt);
  sql(db, 'INSERT INTO sessions (hash, created_at, expires_at) VALUES (?, ?, ?)').run(
    session.hash,
    session.createdAt,
    session.expiresAt,
  );
}

/** A session that has not expired; null otherwise. */
export function findSession(db: Db, hash: string, now: number): { createdAt: number; expiresAt: number } | null {
  const row = sql(db, 'SELECT created_at, expires_at FROM sessions WHERE hash = ? AND expires_at >= ?').get(
    hash,
    now,
  ) as { created_at: number; expires_at: number } | undefined;
  return row === undefined ? null : { createdAt: row.created_at, expiresAt: row.expires_at };
}

export function setSessionExpiry(db: Db, hash: string, expiresAt: number): void {
  sql(db, 'UPDATE sessions SET expires_at = ? WHERE hash = ?').run(expiresAt, hash);
}

export function deleteSession(db: Db, hash: string): boolean {
  return sql(db, 'DELETE FROM sessions WHERE hash = ?').run(hash).changes > 0;
}

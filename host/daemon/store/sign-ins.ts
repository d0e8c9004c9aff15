import type { Db } from '../../../store/open-store.ts';
import { sql } from './statements.ts';

export function insertLink(db: Db, link: { hash: string; expiresAt: number; now: number }): void {
  sql(db, 'DELETE FROM sign_in_links WHERE expires_at < ?').run(link.now);
  sql(db, 'INSERT INTO sign_in_links (hash, expires_at) VALUES (?, ?)').run(link.hash, link.expiresAt);
}

/** Uses a link up. False when it is unknown, used or too old. */
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

export function sessionExpiry(db: Db, hash: string, now: number): number | null {
  return (
    (sql(db, 'SELECT expires_at FROM sessions WHERE hash = ? AND expires_at >= ?').pluck().get(hash, now) as
      | number
      | undefined) ?? null
  );
}

export function deleteSession(db: Db, hash: string): boolean {
  return sql(db, 'DELETE FROM sessions WHERE hash = ?').run(hash).changes > 0;
}

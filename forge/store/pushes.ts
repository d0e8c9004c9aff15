import type { Db } from '../../store/open-store.ts';

/** A push that was begun and whose fact is not written yet. `pid` is git's process (and group). */
export interface OpenPush {
  readonly id: number;
  readonly repositoryId: number;
  readonly by: string;
  readonly pid: number;
}

/** Notes a push before git has been given any of it. Returns the push's id. */
export function openPush(db: Db, push: { repositoryId: number; by: string; pid: number; at: number }): number {
  const { lastInsertRowid } = db
    .prepare('INSERT INTO pushes (repository_id, pushed_by, pid, started_at) VALUES (@repositoryId, @by, @pid, @at)')
    .run(push);
  return Number(lastInsertRowid);
}

export function closePush(db: Db, id: number): void {
  db.prepare('DELETE FROM pushes WHERE id = ?').run(id);
}

export function openPushes(db: Db): OpenPush[] {
  return db
    .prepare('SELECT id, repository_id AS repositoryId, pushed_by AS by, pid FROM pushes ORDER BY id')
    .all() as OpenPush[];
}

import * as z from 'zod';
import type { Db } from '../../store/open-store.ts';
import { sql } from '../../store/statements.ts';

/** One change that a push asked for; `new` is null to delete the ref. */
export const pushCommand = z.strictObject({ ref: z.string(), new: z.string().nullable() });
export type PushCommand = z.infer<typeof pushCommand>;

/**
 * A push that was begun and is not recorded yet, or maintenance of a repository's objects, which asks for no changes.
 * `pid` is git's process (and group).
 */
export interface OpenPush {
  readonly id: number;
  readonly repositoryId: number;
  readonly by: string;
  readonly pid: number;
  /** Null: an older forge did not record them. */
  readonly commands: readonly PushCommand[] | null;
}

export type NewPush = Omit<OpenPush, 'id' | 'commands'> & {
  readonly commands: readonly PushCommand[];
  /** Epoch milliseconds. */
  readonly at: number;
};

/**
 * Records a push before git gets any of it; the row is the repository's lock between forges (one drains while its
 * successor serves). Returns the push's id, or null while another push is open or when the repository is gone.
 */
export function openPush(db: Db, push: NewPush): number | null {
  const { changes, lastInsertRowid } = sql(
    db,
    `INSERT INTO pushes (repository_id, pushed_by, pid, started_at, commands)
       SELECT @repositoryId, @by, @pid, @at, @commands
       WHERE NOT EXISTS (SELECT 1 FROM pushes WHERE repository_id = @repositoryId)
         AND EXISTS (SELECT 1 FROM repositories WHERE id = @repositoryId)`,
  ).run({ ...push, commands: JSON.stringify(push.commands) });
  return changes === 0 ? null : Number(lastInsertRowid);
}

export function closePush(db: Db, id: number): void {
  sql(db, 'DELETE FROM pushes WHERE id = ?').run(id);
}

/** Open pushes, oldest first; of one repository when its id is given. */
export function openPushes(db: Db, repositoryId: number | null = null): OpenPush[] {
  const rows = sql(
    db,
    `SELECT id, repository_id AS repositoryId, pushed_by AS by, pid, commands FROM pushes
       WHERE @repositoryId IS NULL OR repository_id = @repositoryId ORDER BY id`,
  ).all({ repositoryId }) as (Omit<OpenPush, 'commands'> & { commands: string | null })[];
  return rows.map(({ commands, ...row }) => ({
    ...row,
    commands: commands === null ? null : z.array(pushCommand).parse(JSON.parse(commands)),
  }));
}

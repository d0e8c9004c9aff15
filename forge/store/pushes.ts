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
  /** It receives its objects and has moved no ref: it holds nothing yet (holdPush). */
  readonly isReceiving: boolean;
}

export type NewPush = Omit<OpenPush, 'id' | 'commands' | 'isReceiving'> & {
  readonly commands: readonly PushCommand[];
  /** Epoch milliseconds. */
  readonly at: number;
};

/**
 * Records a change of refs before git begins it; the row holds the repository between forges, too (one drains while its
 * successor serves). Without commands it is maintenance, which also waits for pushes that receive. Returns its id, or
 * null while another row holds the repository or when the repository is gone.
 */
export function openPush(db: Db, push: NewPush): number | null {
  const { changes, lastInsertRowid } = sql(
    db,
    `INSERT INTO pushes (repository_id, pushed_by, pid, started_at, commands)
       SELECT @repositoryId, @by, @pid, @at, @commands
       WHERE NOT EXISTS (SELECT 1 FROM pushes WHERE repository_id = @repositoryId
                           AND (receiving = 0 OR @commands = '[]'))
         AND EXISTS (SELECT 1 FROM repositories WHERE id = @repositoryId)`,
  ).run({ ...push, commands: JSON.stringify(push.commands) });
  return changes === 0 ? null : Number(lastInsertRowid);
}

/**
 * Records a push before git gets any of it: it receives its objects, beside others. Returns its id, or null while the
 * repository is maintained or when it is gone.
 */
export function openReceiving(db: Db, push: NewPush): number | null {
  const { changes, lastInsertRowid } = sql(
    db,
    `INSERT INTO pushes (repository_id, pushed_by, pid, started_at, commands, receiving)
       SELECT @repositoryId, @by, @pid, @at, @commands, 1
       WHERE NOT EXISTS (SELECT 1 FROM pushes WHERE repository_id = @repositoryId
                           AND receiving = 0 AND commands = '[]')
         AND EXISTS (SELECT 1 FROM repositories WHERE id = @repositoryId)`,
  ).run({ ...push, commands: JSON.stringify(push.commands) });
  return changes === 0 ? null : Number(lastInsertRowid);
}

/** Makes a push that has received its objects hold the repository. False while another row does, and without its row. */
export function holdPush(db: Db, id: number): boolean {
  const { changes } = sql(
    db,
    `UPDATE pushes SET receiving = 0
       WHERE id = @id AND NOT EXISTS (
         SELECT 1 FROM pushes AS other
           WHERE other.repository_id = pushes.repository_id AND other.receiving = 0 AND other.id <> @id)`,
  ).run({ id });
  return changes === 1;
}

export function closePush(db: Db, id: number): void {
  sql(db, 'DELETE FROM pushes WHERE id = ?').run(id);
}

/** Open pushes, oldest first; of one repository when its id is given. */
export function openPushes(db: Db, repositoryId: number | null = null): OpenPush[] {
  const rows = sql(
    db,
    `SELECT id, repository_id AS repositoryId, pushed_by AS by, pid, commands, receiving FROM pushes
       WHERE @repositoryId IS NULL OR repository_id = @repositoryId ORDER BY id`,
  ).all({ repositoryId }) as (Omit<OpenPush, 'commands' | 'isReceiving'> & {
    commands: string | null;
    receiving: number;
  })[];
  return rows.map(({ commands, receiving, ...row }) => ({
    ...row,
    isReceiving: receiving === 1,
    commands: commands === null ? null : z.array(pushCommand).parse(JSON.parse(commands)),
  }));
}

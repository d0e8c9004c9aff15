import type { Db } from '../../store/open-store.ts';
import { sql } from '../../store/statements.ts';

/** A directory that is being put in place of a repository's. */
export interface Restore {
  readonly repositoryId: number;
  /** Where the new one is (in `incoming`), and where the old one goes (in `removed`): names without a directory. */
  readonly aside: string;
  readonly kept: string;
}

export function putRestore(db: Db, restore: Restore): void {
  sql(db, 'INSERT OR REPLACE INTO restores (repository_id, aside, kept) VALUES (@repositoryId, @aside, @kept)').run(
    restore,
  );
}

export function allRestores(db: Db): Restore[] {
  return sql(db, 'SELECT repository_id AS repositoryId, aside, kept FROM restores').all() as Restore[];
}

export function deleteRestore(db: Db, repositoryId: number): void {
  sql(db, 'DELETE FROM restores WHERE repository_id = ?').run(repositoryId);
}

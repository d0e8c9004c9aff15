import Database from 'better-sqlite3';
import { HiveError } from '../protocol/errors.ts';

export type Db = Database.Database;

/** One numbered step of a schema; `sql` never changes after it has landed. */
export interface Migration {
  version: number;
  name: string;
  sql: string;
}

/**
 * Opens a SQLite store: WAL, synchronous=FULL (a commit that returned is on disk), foreign keys on.
 * Runs the migrations it lacks, each in a transaction. A database of a newer version is refused
 * (`newer_database`) before anything is written, journal mode included.
 */
export function openStore(
  path: string,
  migrations: readonly Migration[],
  options: { nativeBinding?: string | null } = {},
): Db {
  const binding = options.nativeBinding ?? null;
  const db = new Database(path, binding === null ? {} : { nativeBinding: binding });
  try {
    const found = db.pragma('user_version', { simple: true }) as number;
    const newest = migrations.at(-1)?.version ?? 0;
    if (found > newest)
      throw new HiveError(
        'newer_database',
        `${path} has schema version ${found}; this Hyperhive knows ${newest}. Install the newer version again; nothing was changed.`,
      );
    db.pragma('journal_mode = WAL');
    db.pragma('synchronous = FULL');
    db.pragma('foreign_keys = ON');
    db.pragma('busy_timeout = 5000');
    for (const migration of migrations) {
      if (migration.version <= found) continue;
      db.transaction(() => {
        db.exec(migration.sql);
        db.pragma(`user_version = ${migration.version}`);
      }).immediate();
    }
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

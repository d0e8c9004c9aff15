import { closeSync, existsSync, openSync, readSync, statSync } from 'node:fs';
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
 * (`newer_database`) with every byte of it as it was, and so is a file that is none (`foreign_root`).
 */
export function openStore(
  path: string,
  migrations: readonly Migration[],
  options: { nativeBinding?: string | null } = {},
): Db {
  const native = options.nativeBinding == null ? {} : { nativeBinding: options.nativeBinding };
  const found = readVersion(path, native);
  const newest = migrations.at(-1)?.version ?? 0;
  if (found > newest)
    throw new HiveError(
      'newer_database',
      `${path} has schema version ${found}; this Hyperhive knows ${newest}. Install the newer version again; nothing was changed.`,
    );
  const db = new Database(path, native);
  try {
    db.pragma('journal_mode = WAL');
    db.pragma('synchronous = FULL');
    db.pragma(`wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
    db.pragma('busy_timeout = 5000');
    // A table that is made anew is gone for a moment while others refer to it; it is looked at before the commit.
    db.pragma('foreign_keys = OFF');
    for (const migration of migrations) {
      if (migration.version <= found) continue;
      db.transaction(() => {
        db.exec(migration.sql);
        const broken = db.pragma('foreign_key_check') as unknown[];
        if (broken.length > 0) throw new Error(`migration ${migration.name} breaks ${broken.length} references`);
        db.pragma(`user_version = ${migration.version}`);
      }).immediate();
    }
    db.pragma('foreign_keys = ON');
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/**
 * Pages of the log (40 MB) after which it is folded into the database. Ten times SQLite's own: under load every fold
 * stops all writers for some milliseconds, and a page that was written ten times is folded once.
 */
const CHECKPOINT_PAGES = 10_000;

/** What every SQLite file begins with, and where in its header the schema's version stands. */
const MAGIC = 'SQLite format 3\0';
const VERSION_AT = 60;
const HEADER_BYTES = 100;

/**
 * The schema version of a database that may be anybody's; 0 when there is none yet. Nothing is opened
 * for writing: that alone would fold the log of a hive that was killed into its database.
 */
function readVersion(path: string, native: { nativeBinding?: string }): number {
  if (!existsSync(path) || statSync(path).size === 0) return 0;
  const header = readHeader(path);
  if (header.toString('latin1', 0, MAGIC.length) !== MAGIC)
    throw new HiveError(
      'foreign_root',
      `${path} is not a database of Hyperhive. Move it away, or choose another root.`,
    );
  const wal = `${path}-wal`;
  if (!existsSync(wal) || statSync(wal).size === 0) return header.readUInt32BE(VERSION_AT);
  // What the log adds is seen by reading both; a reader never folds it in.
  const db = new Database(path, { ...native, readonly: true });
  try {
    return db.pragma('user_version', { simple: true }) as number;
  } finally {
    db.close();
  }
}

function readHeader(path: string): Buffer {
  const file = openSync(path, 'r');
  try {
    const header = Buffer.alloc(HEADER_BYTES);
    readSync(file, header, 0, HEADER_BYTES, 0);
    return header;
  } finally {
    closeSync(file);
  }
}

import { closeSync, existsSync, openSync, readSync, statSync } from 'node:fs';
import Database from 'better-sqlite3';
import { HiveError } from '../protocol/errors.ts';

export type Db = Database.Database;

/** One numbered step of a schema; `sql` never changes after landing. */
export interface Migration {
  version: number;
  name: string;
  sql: string;
}

/**
 * Opens a SQLite store: WAL, synchronous=FULL (a commit that returned is on disk), foreign keys on. Runs pending
 * migrations, each in a transaction. A database of a newer version is refused (`newer_database`) without changing a
 * byte of it, and so is a file that is no database (`foreign_root`).
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
    // A migration that rebuilds a table drops it for a moment while others refer to it; foreign keys are checked
    // before the commit.
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
 * WAL pages (40 MB) before a checkpoint. Ten times SQLite's default: under load every checkpoint stops all writers
 * for some milliseconds, and a page that was written ten times is copied only once.
 */
const CHECKPOINT_PAGES = 10_000;

/** The magic bytes of every SQLite file, and the offset of the schema version in its header. */
const MAGIC = 'SQLite format 3\0';
const VERSION_AT = 60;
const HEADER_BYTES = 100;

/**
 * The schema version of a possibly foreign database; 0 when there is none yet. Read without opening for writing,
 * which alone would checkpoint the WAL of a killed hive.
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
  // Reading through SQLite includes the WAL; a read-only connection never checkpoints it.
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

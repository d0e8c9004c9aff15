import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Db, openStore } from '../../../store/open-store.ts';
import { MIGRATIONS } from '../core/store/migrations.ts';

let migrated: Buffer | null = null;

/** Opens a new store of a hive as a copy of an empty migrated one: migrations run once for all tests of a process. */
export function openMigrated(path: string): Db {
  migrated ??= migrateOnce();
  writeFileSync(path, migrated, { flag: 'wx', mode: 0o600 });
  return openStore(path, MIGRATIONS);
}

function migrateOnce(): Buffer {
  const dir = mkdtempSync(join(tmpdir(), 'hive-empty-'));
  try {
    const db = openStore(join(dir, 'hive.db'), MIGRATIONS);
    const bytes = db.serialize();
    db.close();
    return bytes;
  } finally {
    rmSync(dir, { recursive: true });
  }
}

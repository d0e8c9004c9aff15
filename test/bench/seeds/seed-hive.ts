import { once } from 'node:events';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import type { TestHive } from '../../support/test-hive.ts';

/** Works in steps of some seconds, so that Ctrl-C takes effect between them. */
export type Seed = (db: Database.Database) => void | Promise<void>;

/** Starts a hive to create its store and its agents, fills the store while it is down, and starts it again. */
export async function startSeeded(hive: TestHive, seed: Seed): Promise<void> {
  await hive.start();
  const ended = once(hive.hived(), 'exit');
  await hive.admin.call('shutdown', { boxes: false });
  await ended;
  await fillStore(storePath(hive), seed);
  await hive.start();
}

/** A read-only connection to a hive's store beside hived. */
export function openReader(hive: TestHive): Database.Database {
  return new Database(storePath(hive), { readonly: true });
}

const storePath = (hive: TestHive): string => join(hive.root, 'hive.db');

/** Without syncing, for speed: a crash would lose only the bench's data. */
async function fillStore(path: string, seed: Seed): Promise<void> {
  const db = new Database(path);
  try {
    db.pragma('journal_mode = OFF');
    db.pragma('synchronous = OFF');
    db.pragma('foreign_keys = OFF');
    db.pragma('cache_size = -262144');
    await seed(db);
    db.pragma('journal_mode = WAL');
  } finally {
    db.close();
  }
  // Unsynced pages of the kernel would otherwise be written during the measurement.
  const file = await open(path);
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ForgeCore } from '../repositories/forge-core.ts';

/** Pages of one step: the forge serves others in between. */
const PAGES = 500;

/**
 * Copies forge.db as it is at one moment, while the forge goes on, and deletes the copy after the work. A killed forge's
 * is deleted at the next start (reconcile).
 */
export async function withDatabaseCopy<T>(
  { db, places }: Pick<ForgeCore, 'db' | 'places'>,
  work: (path: string) => Promise<T>,
): Promise<T> {
  const path = join(places.incoming, `${process.pid}.backup-${randomUUID()}.db`);
  try {
    await db.backup(path, { progress: () => PAGES });
    return await work(path);
  } finally {
    for (const end of ['', '-wal', '-shm', '-journal']) await rm(`${path}${end}`, { force: true });
  }
}

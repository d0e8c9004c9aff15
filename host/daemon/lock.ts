import { join } from 'node:path';
import Database from 'better-sqlite3';
import { HiveError } from '../../protocol/errors.ts';

/**
 * Holds the hive's root for this process, as long as it lives: an exclusive SQLite lock, which the
 * kernel drops whatever way the process ends. Throws `hive_running`.
 */
export function lockRoot(root: string, nativeBinding: string | null): { release: () => void } {
  const db = new Database(join(root, 'hived.lock'), {
    timeout: 0,
    ...(nativeBinding === null ? {} : { nativeBinding }),
  });
  try {
    db.pragma('locking_mode = EXCLUSIVE');
    db.exec('BEGIN EXCLUSIVE');
  } catch (cause) {
    db.close();
    if ((cause as { code?: string }).code?.startsWith('SQLITE_BUSY') === true)
      throw new HiveError('hive_running', `A hive runs on ${root} already. Use it, or stop it with "hivectl down".`, {
        cause,
      });
    throw cause;
  }
  return { release: () => db.close() };
}

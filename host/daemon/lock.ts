import { chmodSync, mkdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import Database from 'better-sqlite3';
import { HiveError } from '../../protocol/errors.ts';
import { findLockHolder } from '../../store/lock-holder.ts';
import type { Places } from './config.ts';

/**
 * Locks the hive's root and its directory of sockets for this process, as long as it lives: exclusive SQLite locks,
 * which the kernel releases however the process ends. Two hives with different roots must not share sockets either: the
 * second would take over the first one's agents.
 *
 * Throws `hive_running`, or `foreign_root` when this user may not write there.
 */
export function lockHive(places: Places, nativeBinding: string | null): { release: () => void } {
  const { root, run } = places;
  const rootLock = lockDirectory(root, {
    nativeBinding,
    taken: (by) => `A hive runs on ${root} already${by}. Use it, or stop it: npx hivectl down`,
  });
  try {
    const runLock = lockDirectory(run, {
      nativeBinding,
      taken: (by) => `Another hive${by} has its sockets in ${run}. Set HIVE_RUN to a directory of this hive's own.`,
    });
    return {
      release() {
        runLock.close();
        rootLock.close();
      },
    };
  } catch (error) {
    rootLock.close();
    throw error;
  }
}

function lockDirectory(
  path: string,
  how: { nativeBinding: string | null; taken: (by: string) => string },
): Database.Database {
  const file = join(path, 'hived.lock');
  const native = how.nativeBinding === null ? {} : { nativeBinding: how.nativeBinding };
  let db: Database.Database | undefined;
  try {
    makeDirectory(path);
    db = new Database(file, { timeout: 0, ...native });
    db.pragma('locking_mode = EXCLUSIVE');
    db.exec('BEGIN EXCLUSIVE');
    return db;
  } catch (cause) {
    db?.close();
    const code = (cause as { code?: string }).code ?? '';
    if (code.startsWith('SQLITE_BUSY')) {
      const pid = findLockHolder(file);
      throw new HiveError('hive_running', how.taken(pid === null ? '' : ` (pid ${pid})`), { cause });
    }
    if (/^(?:EACCES|EPERM|EROFS|ENOTDIR|EEXIST|SQLITE_CANTOPEN|SQLITE_READONLY)/.test(code))
      throw new HiveError(
        'foreign_root',
        `${path} cannot be used by this user (${code}). Start the hive as the user it belongs to, or set HIVE_ROOT and HIVE_RUN to directories of your own.`,
        { cause },
      );
    throw cause;
  }
}

/** Creates the directory and its missing parents, passable for other users whatever the umask. */
function makeDirectory(path: string): void {
  const first = mkdirSync(path, { recursive: true });
  if (first === undefined) return;
  for (let made = path; made.length >= first.length; made = dirname(made)) chmodSync(made, 0o711);
}

/**
 * Throws `config_invalid` unless every user can pass through the directories above the hive's own: services and boxes
 * run as separate users and must reach the files below.
 */
export function requirePassage(places: Pick<Places, 'root' | 'run'>): void {
  for (const [name, path] of [
    ['HIVE_ROOT', places.root],
    ['HIVE_RUN', places.run],
  ] as const)
    for (let above = dirname(path); ; above = dirname(above)) {
      const mode = statSync(above, { throwIfNoEntry: false })?.mode;
      if (mode !== undefined && (mode & 0o001) === 0)
        throw new HiveError(
          'config_invalid',
          `${name} is ${path}, but ${above} keeps other users out, and the hive's services and boxes run as users of their own. Choose another ${name}, or let them pass: chmod o+x ${above}`,
        );
      if (above === dirname(above)) break;
    }
}

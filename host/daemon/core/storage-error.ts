import { HiveError } from '../../../protocol/errors.ts';

/** Error codes with which SQLite and the file system report that a disk refuses. */
const REFUSALS = /^(?:SQLITE_(?:FULL|IOERR|READONLY|CANTOPEN|BUSY)|ENOSPC$|EDQUOT$|EROFS$|EIO$)/;

/** Translates such an error to `storage_unavailable`; returns every other error unchanged. */
export function storageError(error: unknown): unknown {
  const code = (error as { code?: string }).code ?? '';
  if (error instanceof HiveError || !REFUSALS.test(code)) return error;
  return new HiveError(
    'storage_unavailable',
    `The hive cannot write to its disk (${code}). Free some space; it goes on by itself.`,
    { cause: error },
  );
}

/** Error codes that report a full disk. For the index of the WAL, SQLite reports it as an I/O error. */
const NO_ROOM = /^(?:SQLITE_FULL|SQLITE_IOERR_SHMSIZE|ENOSPC|EDQUOT)$/;

/** Whether an error reports a full disk, from the file system, from SQLite, or already translated by `storageError`. */
export function isDiskFull(error: unknown): boolean {
  const { code, cause } = error as { code?: string; cause?: unknown };
  if (error instanceof HiveError) return code === 'storage_unavailable' && cause !== undefined && isDiskFull(cause);
  return NO_ROOM.test(code ?? '');
}

/**
 * Runs work that needs disk space; when there is none, retries each time `makeRoom` freed some. `makeRoom` returns
 * false when nothing is left to free.
 */
export async function withRoom<T>(makeRoom: () => boolean, work: () => Promise<T>): Promise<T> {
  for (;;)
    try {
      return await work();
    } catch (error) {
      if (!isDiskFull(error) || !makeRoom()) throw error;
    }
}

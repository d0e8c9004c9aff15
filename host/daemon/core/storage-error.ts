import { HiveError } from '../../../protocol/errors.ts';

/** How SQLite and the file system say that a disk refuses. */
const REFUSALS = /^(?:SQLITE_(?:FULL|IOERR|READONLY|CANTOPEN|BUSY)|ENOSPC$|EDQUOT$|EROFS$|EIO$)/;

/** A disk that refuses as `storage_unavailable`, in whichever words; everything else as it is. */
export function storageError(error: unknown): unknown {
  const code = (error as { code?: string }).code ?? '';
  if (error instanceof HiveError || !REFUSALS.test(code)) return error;
  return new HiveError(
    'storage_unavailable',
    `The hive cannot write to its disk (${code}). Free some space; it goes on by itself.`,
    { cause: error },
  );
}

/** How SQLite and the file system say that there is no room. The index of the log says it as an I/O error. */
const NO_ROOM = /^(?:SQLITE_FULL|SQLITE_IOERR_SHMSIZE|ENOSPC|EDQUOT)$/;

/** Whether a refusal says that the disk has no room, as the file system or SQLite words it, or as `storageError` made it. */
export function isDiskFull(error: unknown): boolean {
  const { code, cause } = error as { code?: string; cause?: unknown };
  if (error instanceof HiveError) return code === 'storage_unavailable' && cause !== undefined && isDiskFull(cause);
  return NO_ROOM.test(code ?? '');
}

/** Does something that takes room on the disk; when there is none, once more after `makeRoom` gave some. */
export async function withRoom<T>(makeRoom: () => boolean, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isDiskFull(error) || !makeRoom()) throw error;
    return work();
  }
}

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

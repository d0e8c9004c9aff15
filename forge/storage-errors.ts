import { HiveError } from '../protocol/errors.ts';

/** Any error as a HiveError: a full or broken disk is `storage_unavailable`, an unknown error `internal`. */
export function toHiveError(error: unknown): HiveError {
  if (error instanceof HiveError && !(error.code === 'internal' && isAboutSpace(error.cause))) return error;
  const code = (error as { code?: unknown }).code;
  if ((typeof code === 'string' && DISK_CODES.test(code)) || isAboutSpace(error))
    return new HiveError('storage_unavailable', undefined, { cause: error });
  return error instanceof HiveError ? error : new HiveError('internal', undefined, { cause: error });
}

const DISK_CODES = /^(?:SQLITE_(?:FULL|IOERR|READONLY|CANTOPEN)|ENOSPC$|EDQUOT$|EROFS$|EIO$)/;

/** git reports a full disk only in prose. */
function isAboutSpace(error: unknown): boolean {
  const text = error instanceof HiveError ? String(error.cause) : String(error);
  return text.includes('No space left on device') || text.includes('Disk quota exceeded');
}

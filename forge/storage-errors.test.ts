import { expect, test } from 'vitest';
import { HiveError } from '../protocol/errors.ts';
import { toHiveError } from './storage-errors.ts';

const coded = (code: string) => Object.assign(new Error('x'), { code });
const saidByGit = (text: string) => new HiveError('internal', undefined, { cause: new Error(text) });

test.each([
  { error: coded('ENOSPC'), code: 'storage_unavailable' },
  { error: coded('SQLITE_FULL'), code: 'storage_unavailable' },
  { error: coded('SQLITE_IOERR_WRITE'), code: 'storage_unavailable' },
  {
    error: saidByGit('fatal: write error: No space left on device'),
    code: 'storage_unavailable',
  },
  { error: saidByGit('fatal: not a git repository'), code: 'internal' },
  { error: coded('ENOENT'), code: 'internal' },
  { error: new HiveError('forge_quota'), code: 'forge_quota' },
])('$error.code $error.cause.message is told as $code', ({ error, code }) => {
  expect(toHiveError(error).code).toBe(code);
});

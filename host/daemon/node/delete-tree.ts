import { lstat, readdir, rmdir, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { HiveError } from '../../../protocol/errors.ts';
import { type ProgramResult, runProgram } from '../../../system/process/run-program.ts';

/** Limit of one run of `rm` over the files of one owner; the rest waits for the next round. */
const RUN_MS = 10 * 60_000;
/** The directories of the host's own programs. */
const ENV = { PATH: '/usr/bin:/bin:/run/current-system/sw/bin', LC_ALL: 'C' };

/**
 * Deletes a directory that hived alone can change, whose own directories belong to others: an agent's files, or its
 * directories of sockets.
 *
 * Root touches nothing below those by path. A process may still be inside, with a working directory there, and replace
 * a directory with a link between two steps. So each directory is first emptied as its owner, by a program that can do
 * no more than the owner could. What others planted there is deleted as root by GNU rm only, which uses descriptors
 * (openat, unlinkat) and follows no link at any depth.
 *
 * Throws `storage_unavailable` when something is left, without the paths, which may be long and are chosen by the
 * agent.
 */
export async function deleteTree(dir: string, how: { separate: boolean; signal: AbortSignal }): Promise<void> {
  for (const entry of await readdir(dir)) {
    const path = join(dir, entry);
    const found = await lstat(path);
    if (!found.isDirectory()) await unlink(path);
    else if (!(await removeEmpty(path))) {
      // The owner's own group, whatever group it gave its files: `dir` admits that one.
      const owner = how.separate ? found.uid : null;
      const begin = (...argv: readonly [string, ...string[]]) => run(argv, { cwd: dir, owner, signal: how.signal });
      await begin('chmod', '--recursive', '--silent', 'u+rwX', '--', entry);
      await begin('rm', '--recursive', '--force', '--', entry);
      await removeEmpty(path);
    }
  }
  if (await removeEmpty(dir)) return;
  const { stdout } = await run(['rm', '--version'], { cwd: '/', owner: null, signal: how.signal });
  if (!stdout.includes('GNU coreutils'))
    throw new HiveError('storage_unavailable', `Files that others left in ${dir} can only be deleted by GNU rm.`);
  const { code } = await run(['rm', '--recursive', '--force', '--one-file-system', '--', dir], {
    cwd: '/',
    owner: null,
    signal: how.signal,
  });
  if (code !== 0) throw new HiveError('storage_unavailable', `Files in ${dir} could not be deleted by rm.`);
}

/** False when the directory is not empty. */
async function removeEmpty(dir: string): Promise<boolean> {
  return rmdir(dir).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return true;
      if (error.code === 'ENOTEMPTY' || error.code === 'EEXIST') return false;
      throw error;
    },
  );
}

/**
 * Runs a program in `cwd` (entered as root, so its owner need not be able to); returns the beginning of its `stdout`.
 */
function run(
  argv: readonly [string, ...string[]],
  how: { cwd: string; owner: number | null; signal: AbortSignal },
): Promise<ProgramResult> {
  const { cwd, owner, signal } = how;
  return runProgram(
    { argv, env: ENV, cwd, uid: owner, gid: owner },
    { signal, limitMs: RUN_MS, keep: { side: 'start', maxBytes: 200 } },
  );
}

import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { AGENT_SOCKET } from '../../../protocol/box-paths.ts';
import { ensureDirectory, type NodeDirs } from './agent-directories.ts';
import { deleteTree } from './delete-tree.ts';
import type { Users } from './users.ts';

type Dirs = Pick<NodeDirs, 'checks'>;

/** The directory of the forge's socket for a run of a check: mounted into its box alone. */
export function checkSocketDir({ checks }: Dirs, run: number): string {
  return join(checks, String(run));
}

/** Creates it: the forge makes its socket there, and the box, which runs as `uid`, reaches it. Returns the socket. */
export async function prepareCheck(
  dirs: Dirs,
  users: Users,
  { run, uid }: { run: number; uid: number },
): Promise<string> {
  const dir = checkSocketDir(dirs, run);
  await ensureDirectory(dir, users, { mode: 0o2750, uid: users.forge, gid: uid });
  return join(dir, AGENT_SOCKET);
}

/** Deletes the directory of one run, or of all of them. */
export async function removeCheck(dirs: Dirs, users: Pick<Users, 'separate'>, run: number | null): Promise<void> {
  const names = run === null ? await readdir(dirs.checks).catch(() => []) : [String(run)];
  const { signal } = new AbortController();
  for (const name of names) {
    const remove = () => deleteTree(join(dirs.checks, name), { separate: users.separate, signal });
    // Gone already, or the forge removes its socket at the same moment: then there is less to do.
    await remove()
      .catch((error: unknown) => (isMissing(error) ? remove() : Promise.reject(error as Error)))
      .catch((error: unknown) => {
        if (!isMissing(error)) throw error;
      });
  }
}

function isMissing(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ENOENT';
}

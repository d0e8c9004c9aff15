import { chmod, lstat, mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Makes a directory for the harness's user alone, and removes everything in it but the entries with these names. The
 * agent can write there: a symlink in its place is removed and not followed, because its target belongs to the agent.
 * Throws the file system's error when something cannot be removed.
 */
export async function emptyDir(dir: string, kept: ReadonlySet<string> = new Set()): Promise<void> {
  const facts = await lstat(dir).catch(() => null);
  if (facts !== null && !facts.isDirectory()) await rm(dir);
  await mkdir(dir, { recursive: true, mode: 0o700 });
  await chmod(dir, 0o700);
  for (const name of await readdir(dir)) if (!kept.has(name)) await removeAll(join(dir, name));
}

/** Removes a file or a directory, if it is there. */
export async function removeAll(path: string): Promise<void> {
  // A process of the agent's may still write there: retry.
  await rm(path, { recursive: true, force: true, maxRetries: 5 }).catch(async (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EACCES' && error.code !== 'ENOTEMPTY') throw error;
    await openUp(path);
    await rm(path, { recursive: true, force: true });
  });
}

/** Grants write and search permission, without which a directory's content cannot be deleted. */
async function openUp(dir: string): Promise<void> {
  await chmod(dir, 0o700);
  for (const entry of await readdir(dir, { withFileTypes: true }))
    if (entry.isDirectory()) await openUp(join(dir, entry.name));
}

import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ForgeCore } from '../repositories/forge-core.ts';

/**
 * Runs git on a repository with a directory for the objects that it makes, which is deleted afterwards: what is only
 * tried leaves nothing in the repository. A killed forge's is deleted at the next start (reconcile).
 */
export async function withScratchObjects<T>(
  { places }: Pick<ForgeCore, 'places'>,
  path: string,
  work: (env: Readonly<Record<string, string>>) => Promise<T>,
): Promise<T> {
  const dir = await mkdtemp(join(places.incoming, `${process.pid}.try-`));
  try {
    // In quotes: a colon separates directories.
    const alternates = JSON.stringify(join(path, 'objects'));
    return await work({ GIT_OBJECT_DIRECTORY: dir, GIT_ALTERNATE_OBJECT_DIRECTORIES: alternates });
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

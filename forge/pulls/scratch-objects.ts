import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { objectsEnv } from '../git/policy.ts';
import type { ForgeCore } from '../repositories/forge-core.ts';

/**
 * Runs git on a repository with a directory for the objects that it makes, which is deleted afterwards: what is only
 * tried leaves nothing in the repository. A killed forge's is deleted at the next start (reconcile).
 */
export async function withScratchObjects<T>(
  { places }: Pick<ForgeCore, 'places'>,
  path: string,
  work: (env: Readonly<Record<string, string>>, dir: string) => Promise<T>,
): Promise<T> {
  const dir = await mkdtemp(join(places.incoming, `${process.pid}.try-`));
  try {
    return await work(objectsEnv(path, dir), dir);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

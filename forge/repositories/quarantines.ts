import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ForgeCore } from './forge-core.ts';

/**
 * Removes the quarantines that ended pushes left in the repository at `path`: git removes them itself,
 * unless it is killed, or a child of it still writes there at that moment. `isOver` is asked after they
 * have been listed and says whether every push that had begun by then has ended: a later push's is not in the list.
 */
export async function removeQuarantines(
  { log }: Pick<ForgeCore, 'log'>,
  path: string,
  isOver: () => boolean,
): Promise<void> {
  const objects = join(path, 'objects');
  try {
    const names = (await readdir(objects)).filter((name) => name.startsWith('tmp_objdir-'));
    if (names.length === 0 || !isOver()) return;
    for (const name of names) await rm(join(objects, name), { recursive: true, force: true, maxRetries: 5 });
  } catch (error) {
    log.warn({ path, error: String(error) }, 'what a push left behind could not be removed');
  }
}

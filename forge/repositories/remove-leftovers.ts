import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { NOTE_NAME } from './first-push-note.ts';
import type { ForgeCore } from './forge-core.ts';

export interface LeftBy {
  /** Whether every push that moved refs when this is called, or before, has ended. */
  readonly isOver: () => boolean;
  /** Whether every push that received objects then has ended, too: only then no quarantine is in use. */
  readonly isAlone: () => boolean;
  /** Whether the caller's own row keeps other pushes from beginning: only then no push uses names that git reuses. */
  readonly isHeld: boolean;
}

/**
 * Removes leftovers of ended pushes in the repository at `path`. git removes them itself, unless it is killed, or a
 * child of it still writes there at that moment: quarantines; and, while the repository is held, lock files (they
 * would block a ref for ever), unfinished packs and indexes, marks of packs to keep (they would never be joined) and the
 * note of a first push. No symlink is followed.
 */
export async function removeLeftovers({ log }: Pick<ForgeCore, 'log'>, path: string, left: LeftBy): Promise<void> {
  try {
    const quarantines = await listQuarantines(path);
    const locks = left.isHeld ? await listLocks(path) : [];
    // Checked after the listing, so that files of a later push are not in it.
    if (!left.isOver()) return;
    for (const one of left.isAlone() ? [...quarantines, ...locks] : locks)
      await rm(one, { recursive: true, force: true, maxRetries: 5 });
  } catch (error) {
    log.warn({ path, err: error }, 'what a push left behind could not be removed');
  }
}

async function listQuarantines(path: string): Promise<string[]> {
  const objects = join(path, 'objects');
  const names = await readdir(objects);
  return names.filter((name) => name.startsWith('tmp_objdir-')).map((name) => join(objects, name));
}

/** No branch or tag may end in ".lock". */
async function listLocks(path: string): Promise<string[]> {
  const refs = await readdir(join(path, 'refs'), { recursive: true, withFileTypes: true });
  const inRefs = refs.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const besides = await readdir(path);
  for (const directory of ['objects/pack', 'objects/info', 'objects/info/commit-graphs'])
    for (const name of await readdir(join(path, directory)).catch(ignoreMissing)) besides.push(`${directory}/${name}`);
  return [
    ...inRefs.filter((file) => file.endsWith('.lock')),
    ...besides.filter((name) => name === NOTE_NAME || LEFT.test(name)).map((name) => join(path, name)),
  ];
}

/** Locks, marks, and what git writes before it has a name of its own: packs, their indexes, commit-graphs. */
const LEFT = /\.lock$|\.keep$|\/(?:tmp_|\.tmp-\d+-)[^/]*$/;

function ignoreMissing(error: NodeJS.ErrnoException): string[] {
  if (error.code === 'ENOENT') return [];
  throw error;
}

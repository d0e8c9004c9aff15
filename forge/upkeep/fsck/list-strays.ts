import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { StrayView } from '../../../protocol/schemas/fsck.ts';
import type { ForgeCore } from '../../repositories/forge-core.ts';
import { allRepositories } from '../../store/repositories.ts';

/** What is among the repositories without being one that the forge knows. Nothing is followed or changed. */
export async function listStrays({ db, places }: Pick<ForgeCore, 'db' | 'places'>): Promise<StrayView[]> {
  const known = new Set(allRepositories(db).map((one) => places.repositoryDir(one)));
  const strays: StrayView[] = [];
  for (const owner of await readdir(places.repositories)) {
    const directory = join(places.repositories, owner);
    if (!(await isDirectory(directory))) {
      strays.push({ path: directory, words: 'It is no directory of an owner.', advice: 'Move it away.' });
      continue;
    }
    for (const entry of await readdir(directory)) {
      const path = join(directory, entry);
      if (known.has(path) && (await isDirectory(path))) continue;
      strays.push({
        path,
        words: known.has(path) ? 'It is no directory.' : 'The forge has no record of it.',
        advice: known.has(path)
          ? 'Move it away, and put the directory of the repository in its place.'
          : 'A repository is adopted at the next start of the forge; move anything else away.',
      });
    }
  }
  return strays;
}

async function isDirectory(path: string): Promise<boolean> {
  const found = await lstat(path).catch(() => null);
  return found?.isDirectory() === true;
}

import { randomUUID } from 'node:crypto';
import { chmod, mkdir, open, readdir, readFile, readlink, rename, rm, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import * as z from 'zod';
import { DOCS_SKILLS_NOW } from '../../../protocol/told/docs-skills-now.ts';
import { syncDirectory } from '../../../system/sync-directory.ts';

/** Skills of the shared docs as they were at a commit. */
export interface DocsGeneration {
  /** The commit that they were read at; null: the docs have none. */
  readonly commit: string | null;
  /** Paths below the directory of skills, `NAME/…`. */
  readonly files: readonly { readonly path: string; readonly text: string }[];
  /** Skills that were left out, and why. */
  readonly skipped: readonly { readonly name: string; readonly why: string }[];
}

const origin = z.object({
  commit: z.string().nullable(),
  skipped: z.array(z.object({ name: z.string(), why: z.string() })),
});
export type DocsOrigin = Readonly<Pick<DocsGeneration, 'commit' | 'skipped'>>;

/** Beside the directories of skills: where they are from. */
const ORIGIN = 'origin.json';

/**
 * The skills of the shared docs in a directory that hived alone writes and boxes mount: each generation in a directory of
 * its own, and a link `now` that leads to the present one. A rename moves the link: whoever reads sees the old
 * generation or the new one. The one before is kept for those that read in it.
 */
export interface DocsSkills {
  /** Where the present generation is from; null: there is none, or it cannot be read. */
  origin(): Promise<DocsOrigin | null>;
  replace(generation: DocsGeneration): Promise<void>;
  /** Removes all but the present generation. */
  tidy(): Promise<void>;
  /** Removes every generation. */
  clear(): Promise<void>;
}

export function createDocsSkills(dir: string): DocsSkills {
  const now = join(dir, DOCS_SKILLS_NOW);
  const present = () => readlink(now).catch(() => null);
  /** Also what a killed hived left behind. */
  const removeOthers = async (kept: readonly (string | null)[]) => {
    for (const name of await readdir(dir))
      if (name !== DOCS_SKILLS_NOW && !kept.includes(name)) await rm(join(dir, name), { recursive: true, force: true });
  };
  return {
    async origin() {
      const text = await readFile(join(now, ORIGIN), 'utf8').catch(() => null);
      if (text === null) return null;
      try {
        return origin.parse(JSON.parse(text));
      } catch {
        return null;
      }
    },
    async replace({ commit, files, skipped }) {
      const before = await present();
      await removeOthers([before]);
      const name = randomUUID();
      await writeGeneration(join(dir, name), files, { commit, skipped });
      const link = join(dir, `${name}.link`);
      await symlink(name, link);
      await rename(link, now);
      await syncDirectory(dir);
    },
    tidy: async () => removeOthers([await present()]),
    async clear() {
      await rm(now, { force: true });
      await removeOthers([]);
    },
  };
}

async function writeGeneration(home: string, files: DocsGeneration['files'], from: DocsOrigin): Promise<void> {
  const dirs = new Set<string>();
  const makeDir = async (path: string): Promise<void> => {
    if (dirs.has(path)) return;
    if (path !== home) await makeDir(dirname(path));
    dirs.add(path);
    await mkdir(path);
    await chmod(path, 0o755);
  };
  for (const { path, text } of [...files, { path: ORIGIN, text: JSON.stringify(from) }]) {
    const file = join(home, path);
    await makeDir(dirname(file));
    await writeSynced(file, text);
  }
  for (const path of dirs) await syncDirectory(path);
}

async function writeSynced(path: string, text: string): Promise<void> {
  const file = await open(path, 'wx', 0o644);
  try {
    // Whatever hived's umask is: agents read it.
    await file.chmod(0o644);
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

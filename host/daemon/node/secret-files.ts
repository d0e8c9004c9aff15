import { chmod, chown, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Makes the files in `dir` those given, by name: missing and changed ones are replaced, others removed. Each belongs to
 * `uid` (null: hived's own user) and only that user may read it. The directory belongs to hived alone, and the box
 * mounts it read-only, so nobody else can change what is written here.
 */
export async function writeSecretFiles(
  dir: string,
  files: ReadonlyMap<string, string>,
  uid: number | null,
): Promise<void> {
  for (const file of await readdir(dir)) if (!files.has(file)) await rm(join(dir, file));
  for (const [name, text] of files) {
    const path = join(dir, name);
    if ((await readFile(path, 'utf8').catch(() => null)) === text) continue;
    // No secret's name begins with a dot.
    const temporary = join(dir, `.${name}`);
    await rm(temporary, { force: true });
    await writeFile(temporary, text, { mode: 0o400, flag: 'wx' });
    await chmod(temporary, 0o400);
    if (uid !== null) await chown(temporary, uid, uid);
    await rename(temporary, path);
  }
}

import { mkdir, readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { secretName } from '../../../../protocol/secrets.ts';
import { syncDirectory } from '../../../../system/sync-directory.ts';
import { writePrivate } from '../../../../system/write-private.ts';

/** A secret's value, and since when it is this one (epoch ms). */
interface StoredSecret {
  readonly value: string;
  readonly setAt: number;
}

/** The values of agents' secrets: one file each in hived's own directory (0700), 0600; also in memory. */
export interface SecretValues {
  all(): ReadonlyMap<string, StoredSecret>;
  /** It is on disk when this returns. */
  write(name: string, value: string): Promise<void>;
  remove(name: string): Promise<void>;
}

/** A write that a crash interrupted leaves a file with this end (system/write-private.ts). */
const LEFT_BY_A_WRITE = /\.[0-9a-f]{12}$/;

export async function openSecretValues(dir: string): Promise<SecretValues> {
  const values = new Map<string, StoredSecret>();
  const read = async (name: string) => {
    const path = join(dir, name);
    const { mtimeMs } = await stat(path);
    values.set(name, { value: await readFile(path, 'utf8'), setAt: Math.round(mtimeMs) });
  };
  for (const file of await listIfThere(dir))
    if (LEFT_BY_A_WRITE.test(file)) await rm(join(dir, file));
    // Another file is somebody's copy: it is no secret, and no reason not to start.
    else if (secretName.safeParse(file).success) await read(file);

  return {
    all: () => values,
    async write(name, value) {
      await mkdir(dir, { recursive: true, mode: 0o700 });
      await writePrivate(join(dir, name), value);
      await read(name);
    },
    async remove(name) {
      await rm(join(dir, name), { force: true });
      await syncDirectory(dir);
      values.delete(name);
    },
  };
}

/** The directory is made with the first secret. */
function listIfThere(dir: string): Promise<string[]> {
  return readdir(dir).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
}

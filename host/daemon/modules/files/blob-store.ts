import { createHash, randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, lstat, mkdir, open, readdir, rename, rm, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { HiveError } from '../../../../protocol/errors.ts';
import { syncDirectory } from '../../../../system/sync-directory.ts';
import { storageError } from '../../core/storage-error.ts';

/** The identity of a file: the SHA-256 of its bytes in hex, and their number. */
export interface Blob {
  hash: string;
  bytes: number;
}

/**
 * Files named by the hash of their bytes, in `<dir>/<first two digits>/<hash>`; files still being written are in
 * `<dir>/incoming`. Only this user can enter (0700), and no symlink is ever followed. Access rights are not known
 * here: see keep-files.ts. All methods may throw `storage_unavailable`.
 */
export interface BlobStore {
  /** Stores bytes, replacing a damaged file. They are on disk when it returns. */
  put(bytes: Buffer): Promise<Blob>;
  /** The bytes as they were stored. Throws `attachment_damaged` when the file is missing or does not match its hash. */
  read(blob: Blob): Promise<Buffer>;
  /** Removes the file, if there is one. */
  delete(hash: string): Promise<void>;
  /** Every stored hash, one directory (of up to 256) at a time. */
  list(): AsyncGenerator<string[]>;
}

export function hashOf(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Opens a store, creating it if absent. Removes half-written files of a crash, so nobody else may use `dir` now. */
export async function openBlobStore(dir: string): Promise<BlobStore> {
  const incoming = join(dir, 'incoming');
  await translated(async () => {
    await makeDirectory(dir);
    await makeDirectory(incoming);
    // The directory is emptied and not recreated: creating one needs space, which a full disk lacks.
    for (const left of await readdir(incoming)) await rm(join(incoming, left), { recursive: true, force: true });
  });

  const shardOf = (hash: string) => join(dir, hash.slice(0, 2));
  const fileOf = (hash: string) => join(shardOf(hash), hash);

  async function write(hash: string, bytes: Buffer): Promise<void> {
    const temporary = join(incoming, randomUUID());
    try {
      await withFile(await open(temporary, 'wx', 0o600), async (file) => {
        await file.writeFile(bytes);
        await file.sync();
      });
      await rename(temporary, fileOf(hash));
    } catch (error) {
      await rm(temporary, { force: true }).catch(() => undefined);
      throw error;
    }
  }

  return {
    put: (bytes) =>
      translated(async () => {
        const hash = hashOf(bytes);
        if (await makeDirectory(shardOf(hash))) await syncDirectory(dir);
        const kept = await readWhole(fileOf(hash), bytes.length);
        if (kept === null || !kept.equals(bytes)) await write(hash, bytes);
        // Also for a file that existed: its name may not have reached the disk yet.
        await syncDirectory(shardOf(hash));
        return { hash, bytes: bytes.length };
      }),

    read: ({ hash, bytes }) =>
      translated(async () => {
        const kept = await readWhole(fileOf(hash), bytes);
        if (kept === null || hashOf(kept) !== hash)
          throw new HiveError('attachment_damaged', undefined, { details: { hash } });
        return kept;
      }),

    delete: (hash) =>
      translated(async () => {
        await unlink(fileOf(hash)).catch(ignoreAbsent);
      }),

    async *list() {
      for (const shard of (await translated(() => readdir(dir))).filter((name) => /^[0-9a-f]{2}$/.test(name)).sort()) {
        const names = await translated(() => readdir(join(dir, shard)).catch(ignoreAbsent));
        yield (names ?? []).filter((name) => /^[0-9a-f]{64}$/.test(name) && name.startsWith(shard));
      }
    },
  };
}

/** The file's bytes, or null when there is no regular file of that size. */
async function readWhole(path: string, bytes: number): Promise<Buffer | null> {
  let opened: FileHandle;
  try {
    // O_NONBLOCK: opening a pipe must not block.
    opened = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    if (/^(?:ENOENT|ELOOP|ENXIO)$/.test((error as NodeJS.ErrnoException).code ?? '')) return null;
    throw error;
  }
  return withFile(opened, async (file) => {
    const found = await file.stat();
    return found.isFile() && found.size === bytes ? file.readFile() : null;
  });
}

/** Creates a directory that only this user can use; true when it did not exist. A symlink in its place is refused. */
async function makeDirectory(path: string): Promise<boolean> {
  try {
    await mkdir(path, { mode: 0o700 });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  if (!(await lstat(path)).isDirectory())
    throw new HiveError('storage_unavailable', `${path} is not a directory. Move it away; the hive makes its own.`);
  return false;
}

async function withFile<T>(file: FileHandle, work: (file: FileHandle) => Promise<T>): Promise<T> {
  try {
    return await work(file);
  } finally {
    await file.close();
  }
}

async function translated<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw storageError(error);
  }
}

function ignoreAbsent(error: unknown): void {
  if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
}

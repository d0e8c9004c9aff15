import { closeSync, constants, fsyncSync, ftruncateSync, openSync, statSync, unlinkSync } from 'node:fs';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { randomFillSync } from 'node:crypto';

/**
 * Disk space reserved for the hive: an allocated file that is deleted when an essential write finds no space.
 *
 *   absent ──make──► kept ──giveUp──► absent
 *
 * A file and not a number: these blocks are unavailable to everybody until hived frees them.
 */
export interface Reserve {
  /** Reserved bytes. */
  kept(): number;
  /** Frees the space before it returns. False when nothing was reserved. */
  giveUp(): boolean;
  /** Allocates the reserve if absent. Rejects, with nothing reserved, when the disk refuses. */
  make(): Promise<void>;
}

const STEP_BYTES = 1024 * 1024;

export function openReserve(path: string, bytes: number): Reserve {
  let making: Promise<void> | null = null;

  function kept(): number {
    // Blocks, not the length: a truncated or sparse file reserves nothing.
    const found = statSync(path, { throwIfNoEntry: false });
    return found?.isFile() === true ? Math.min(found.size, found.blocks * 512) : 0;
  }

  async function fill(): Promise<void> {
    const partial = `${path}.part`;
    try {
      const file = await open(partial, constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC, 0o600);
      try {
        await writeNoise(file, bytes);
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(partial, path);
    } catch (error) {
      await rm(partial, { force: true });
      throw error;
    }
  }

  return {
    kept,
    giveUp() {
      const before = kept();
      if (before === 0) return false;
      const file = openSync(path, constants.O_WRONLY | constants.O_NOFOLLOW);
      try {
        ftruncateSync(file, 0);
        // A journalling file system frees the blocks only with its next commit.
        fsyncSync(file);
      } finally {
        closeSync(file);
      }
      unlinkSync(path);
      return true;
    },
    make() {
      if (bytes === 0 || kept() >= bytes) return Promise.resolve();
      making ??= fill().finally(() => {
        making = null;
      });
      return making;
    },
  };
}

/**
 * Random bytes, and no block twice: a file system that compresses or dedupes blocks would allocate nothing for zeros.
 */
async function writeNoise(file: FileHandle, bytes: number): Promise<void> {
  const noise = Buffer.allocUnsafe(Math.min(bytes, STEP_BYTES));
  for (let left = bytes; left > 0; left -= noise.length) await file.writeFile(randomFillSync(noise.subarray(0, left)));
}

import { closeSync, constants, fsyncSync, ftruncateSync, openSync, statSync, unlinkSync } from 'node:fs';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { randomFillSync } from 'node:crypto';

/**
 * Room on the disk that is the hive's own: a file that is really allocated, and given up when something that must
 * work has no room.
 *
 *   absent ──make──► kept ──giveUp──► absent
 *
 * A file and not a figure: whatever else fills the disk, these blocks are not free until hived frees them.
 */
export interface Reserve {
  /** Bytes that are kept now. */
  kept(): number;
  /** Frees the room; it is there when this returns. False when nothing was kept. */
  giveUp(): boolean;
  /** Takes the room, unless it is kept already. Rejects, with nothing kept, when the disk refuses. */
  make(): Promise<void>;
}

const STEP_BYTES = 1024 * 1024;

export function openReserve(path: string, bytes: number): Reserve {
  let making: Promise<void> | null = null;

  function kept(): number {
    // Blocks, not the length: a file that somebody emptied, or a sparse one, keeps nothing.
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
        // A journalling file system hands out freed blocks after its next commit.
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

/** Not zeros, and no block twice: a file system that compresses or shares blocks would allocate nothing for them. */
async function writeNoise(file: FileHandle, bytes: number): Promise<void> {
  const noise = Buffer.allocUnsafe(Math.min(bytes, STEP_BYTES));
  for (let left = bytes; left > 0; left -= noise.length) await file.writeFile(randomFillSync(noise.subarray(0, left)));
}

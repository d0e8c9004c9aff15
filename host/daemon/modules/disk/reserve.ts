import { closeSync, constants, fsyncSync, ftruncateSync, openSync, type Stats, statSync } from 'node:fs';
import { type FileHandle, open, rm, stat } from 'node:fs/promises';
import { randomFillSync } from 'node:crypto';

/**
 * Disk space reserved for the hive: an allocated file that is shortened when an essential write finds no space.
 *
 *   absent ──make──► kept ──giveUp, a portion each──► empty
 *
 * A file and not a number: these blocks are unavailable to everybody until hived frees them. They are freed a portion
 * at a time: the process that fills the disk takes the freed space as well, and one essential write must not use up the
 * reserve for all later ones.
 */
export interface Reserve {
  /** Reserved bytes, as far as hived knows: what others do to the file is seen by `check`. */
  kept(): number;
  /** Reads what is reserved now. Not on hived's thread: a file system that is syncing answers late. */
  check(): Promise<void>;
  /** Frees a portion of the space before it returns. False when nothing was reserved. */
  giveUp(): boolean;
  /** Allocates the missing part of the reserve. Rejects, with nothing added, when the disk refuses. */
  make(): Promise<void>;
}

const STEP_BYTES = 1024 * 1024;
/** A portion is this part of the reserve, and at least a step: more than any essential write needs. */
const PORTIONS = 16;

export function openReserve(path: string, bytes: number): Reserve {
  let making: Promise<void> | null = null;

  let kept = allocatedIn(statSync(path, { throwIfNoEntry: false }));
  /** Counts changes by hived itself, which a check that began before them must not undo. */
  let changes = 0;

  async function fill(): Promise<void> {
    // Left by an older build that was killed while it made its reserve.
    await rm(`${path}.part`, { force: true });
    const file = await open(path, constants.O_WRONLY | constants.O_CREAT | constants.O_NOFOLLOW, 0o600);
    try {
      const found = await file.stat();
      const allocated = found.size > allocatedIn(found) ? 0 : found.size;
      await file.truncate(allocated);
      try {
        await writeNoise(file, { from: allocated, to: bytes });
        await file.sync();
      } catch (error) {
        await file.truncate(allocated);
        throw error;
      }
    } finally {
      kept = allocatedIn(await file.stat());
      changes += 1;
      await file.close();
    }
  }

  return {
    kept: () => kept,
    async check() {
      const before = changes;
      const found = await stat(path).catch(() => undefined);
      if (changes === before) kept = allocatedIn(found);
    },
    giveUp() {
      // Read again: giving up what is not there frees nothing.
      const before = allocatedIn(statSync(path, { throwIfNoEntry: false }));
      changes += 1;
      kept = before;
      if (before === 0) return false;
      const file = openSync(path, constants.O_WRONLY | constants.O_NOFOLLOW);
      try {
        kept = Math.max(0, before - Math.max(STEP_BYTES, Math.ceil(bytes / PORTIONS)));
        ftruncateSync(file, kept);
        // A journalling file system frees the blocks only with its next commit.
        fsyncSync(file);
      } finally {
        closeSync(file);
      }
      return true;
    },
    make() {
      if (bytes === 0 || kept >= bytes) return Promise.resolve();
      making ??= fill().finally(() => {
        making = null;
      });
      return making;
    },
  };
}

/** Blocks, not the length: a truncated or sparse file reserves nothing. */
function allocatedIn(found: Stats | undefined): number {
  return found?.isFile() === true ? Math.min(found.size, found.blocks * 512) : 0;
}

/**
 * Random bytes, and no block twice: a file system that compresses or dedupes blocks would allocate nothing for zeros.
 */
async function writeNoise(file: FileHandle, { from, to }: { from: number; to: number }): Promise<void> {
  const noise = Buffer.allocUnsafe(Math.min(to - from, STEP_BYTES));
  for (let at = from; at < to;) {
    const part = randomFillSync(noise.subarray(0, to - at));
    at += (await file.write(part, 0, part.length, at)).bytesWritten;
  }
}

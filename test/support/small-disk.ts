import { execFile } from 'node:child_process';
import { chmod, open, rm, statfs } from 'node:fs/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/**
 * Mounts a separate disk of `mb` MiB at a directory: ext4 on a loop device, or a tmpfs where there are none. Needs
 * root. Resolves with a function that unmounts it.
 */
export async function mountSmallDisk(dir: string, mb: number): Promise<() => Promise<void>> {
  const image = `${dir}.img`;
  const file = await open(image, 'w');
  await file.truncate(mb * 1024 * 1024);
  await file.close();
  try {
    // No blocks reserved for root: here root gets no more space than other users.
    await run('mkfs.ext4', ['-q', '-m', '0', image]);
    await run('mount', ['-o', 'loop', image, dir]);
  } catch {
    await run('mount', ['-t', 'tmpfs', '-o', `size=${mb}m`, 'tmpfs', dir]);
  }
  await chmod(dir, 0o711);
  return async () => {
    await run('umount', [dir]);
    await rm(image, { force: true });
  };
}

/** Extends a file until its disk is full to the last byte. */
export async function fillDisk(path: string): Promise<void> {
  const file = await open(path, 'a');
  try {
    for (;;) {
      const { bavail, bsize } = await statfs(path);
      if (bavail === 0) return;
      await file.write(Buffer.alloc(Math.min(bavail * bsize, 1024 * 1024), 'x'));
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
  } finally {
    await file.close();
  }
}

import { constants } from 'node:fs';
import { open } from 'node:fs/promises';

/** Brings the names in a directory to the disk: those of files that were made, renamed or removed there. */
export async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

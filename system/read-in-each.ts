import { constants, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * A file's text in each directory of `dir` that has it, by the directories' names, in their order. Links are not
 * followed, and only regular files of at most `maxBytes` are read; of more than `most` directories the first ones are
 * looked at. Empty when there is no such directory. What cannot be read has the text null.
 */
export async function readInEach(
  dir: string,
  file: string,
  bounds: { maxBytes: number; most: number },
): Promise<{ name: string; text: string | null }[]> {
  const entries = await readdir(dir, { withFileTypes: true }).catch(() => []);
  const names = entries
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort()
    .slice(0, bounds.most);
  const read: { name: string; text: string | null }[] = [];
  for (const name of names) {
    const text = await readSmall(join(dir, name, file), bounds.maxBytes).catch((error: NodeJS.ErrnoException) =>
      error.code === 'ENOENT' ? undefined : null,
    );
    if (text !== undefined) read.push({ name, text });
  }
  return read;
}

/** Null for anything but a regular file of at most that size. Throws the file system's error. */
async function readSmall(path: string, maxBytes: number): Promise<string | null> {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const facts = await file.stat();
    return facts.isFile() && facts.size <= maxBytes ? await file.readFile('utf8') : null;
  } finally {
    await file.close();
  }
}

import { createHash } from 'node:crypto';
import { type FileHandle, constants, lstat, mkdir, open, unlink } from 'node:fs/promises';
import { join, parse } from 'node:path';
import { HiveError } from '../../protocol/errors.ts';
import { readPlainFile } from './attach-files.ts';

/** hived's answer to a download. */
interface Downloaded {
  readonly name: string;
  readonly hash: string;
  /** Base64. */
  readonly data: string;
}

const MOST_NAMES = 100;

/**
 * Saves a file below `<stateDir>/downloads/<message>/` and returns its path. Nothing is overwritten and no symlink is
 * followed: if another file (or no regular file) has the name, this one gets a number. A file that exists byte for
 * byte is not saved twice.
 */
export async function saveDownload(
  file: Downloaded,
  place: { stateDir: string; message: number | string },
): Promise<string> {
  const bytes = Buffer.from(file.data, 'base64');
  if (createHash('sha256').update(bytes).digest('hex') !== file.hash) throw new HiveError('attachment_damaged');
  const dir = await makePlainDirs(place.stateDir, ['downloads', String(place.message)]);
  const { name, ext } = parse(file.name);
  for (let number = 1; number <= MOST_NAMES; number += 1) {
    const path = join(dir, number === 1 ? file.name : `${name}-${number}${ext}`);
    const made = await createNew(path);
    if (made !== null) return writeAll(made, { path, bytes });
    if (await holds(path, bytes)) return path;
  }
  throw new HiveError('wrong_state', `There are ${MOST_NAMES} files called "${file.name}" in ${dir}. Remove some.`);
}

/** Creates directories one by one; a symlink or other file in their place is refused. */
async function makePlainDirs(top: string, names: readonly string[]): Promise<string> {
  let dir = top;
  for (const name of names) {
    dir = join(dir, name);
    await mkdir(dir).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw unsaved(dir, error);
    });
    if (!(await lstat(dir)).isDirectory())
      throw new HiveError('wrong_state', `${dir} is no directory. Move it out of the way.`);
  }
  return dir;
}

/** A new, empty file, or null when the path exists already (a dangling symlink counts). */
async function createNew(path: string): Promise<FileHandle | null> {
  const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
  try {
    return await open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o644);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return null;
    throw unsaved(path, error);
  }
}

async function writeAll(file: FileHandle, { path, bytes }: { path: string; bytes: Buffer }): Promise<string> {
  try {
    await file.writeFile(bytes);
    return path;
  } catch (error) {
    await unlink(path);
    throw unsaved(path, error);
  } finally {
    await file.close();
  }
}

async function holds(path: string, bytes: Buffer): Promise<boolean> {
  const facts = await lstat(path);
  if (!facts.isFile() || facts.size !== bytes.length) return false;
  return (await readPlainFile(path)).equals(bytes);
}

function unsaved(path: string, cause: unknown): HiveError {
  const { code, message } = cause as NodeJS.ErrnoException;
  return new HiveError('wrong_state', `${path} cannot be saved: ${code ?? message}.`, { cause });
}

import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { pushCommand } from '../store/pushes.ts';

/**
 * Who creates a repository by pushing, and the commands of that push, stored in the directory until `forge.db` has
 * them: a crash between the two would leave a repository without an author.
 */
const firstPushNote = z.strictObject({ by: z.string(), commands: z.array(pushCommand) });
export type FirstPushNote = z.infer<typeof firstPushNote>;

/** Its file name in the repository's directory; git uses no such name. */
export const NOTE_NAME = 'hive-first-push.json';

export async function writeNote(path: string, { by, commands }: FirstPushNote): Promise<void> {
  await writeFile(join(path, NOTE_NAME), JSON.stringify({ by, commands }));
}

/** Null when it is missing or unreadable. */
export async function readNote(path: string): Promise<FirstPushNote | null> {
  try {
    return firstPushNote.parse(JSON.parse(await readFile(join(path, NOTE_NAME), 'utf8')));
  } catch {
    return null;
  }
}

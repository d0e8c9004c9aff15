import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { pushCommand } from '../store/pushes.ts';

/**
 * Who makes a repository by pushing, and what that connection asks for, kept in the directory until `forge.db` has
 * it: a crash between the two would leave a repository of nobody's.
 */
const firstPushNote = z.strictObject({ by: z.string(), commands: z.array(pushCommand) });
export type FirstPushNote = z.infer<typeof firstPushNote>;

/** Its name in the repository's directory; no file of git's has such a one. */
export const NOTE_NAME = 'hive-first-push.json';

export async function writeNote(path: string, { by, commands }: FirstPushNote): Promise<void> {
  await writeFile(join(path, NOTE_NAME), JSON.stringify({ by, commands }));
}

/** Null when there is none, or none that can be read. */
export async function readNote(path: string): Promise<FirstPushNote | null> {
  try {
    return firstPushNote.parse(JSON.parse(await readFile(join(path, NOTE_NAME), 'utf8')));
  } catch {
    return null;
  }
}

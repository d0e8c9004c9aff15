import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { emptyDir } from '../process/empty-dir.ts';

/** The conversations. Continuing one needs no other file. */
const KEPT: ReadonlySet<string> = new Set(['sessions']);

/** The file with the catalogue of models, in the CLI's directory. */
export function cataloguePath(homeDir: string): string {
  return join(homeDir, 'models.json');
}

/**
 * Resets the CLI's directory before each start: the CLI takes settings, variables, logins, hooks and instructions from
 * it. Throws the file system's error when something cannot be removed.
 */
export async function prepareHome(homeDir: string, catalogue: string): Promise<void> {
  await emptyDir(homeDir, KEPT);
  await writeFile(cataloguePath(homeDir), catalogue, { mode: 0o600, flag: 'wx' });
}

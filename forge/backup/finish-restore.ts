import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import type { Places } from '../repositories/places.ts';
import { syncNames } from '../repositories/sync-names.ts';

/** Names within `restoring`, and but for the marker within the forge's directory. */
export const DATABASE = 'forge.db';
export const REPOSITORIES = 'repositories';
/** Written when everything else is there. */
export const MARKER = 'complete.json';

const marker = z.strictObject({ before: z.string().regex(/^before-restore-\w+$/) });

/** What goes aside before each of them is put in place. */
const MOVES = [
  { name: REPOSITORIES, old: [REPOSITORIES] },
  // SQLite would read an older log into the new database.
  { name: DATABASE, old: ['forge.db-wal', 'forge.db-shm', DATABASE] },
] as const;

/**
 * Puts a restored forge in place of the present one, which is moved aside, if one is complete. Called at the start,
 * before anything is opened. Each move depends on what the disk has, so that a start after a kill goes on. Returns where
 * the earlier forge is kept; null: nothing was to be done.
 */
export function finishRestore(
  { dir, restoring }: Pick<Places, 'dir' | 'restoring'>,
  move: (from: string, to: string) => void = renameSync,
): string | null {
  if (!existsSync(join(restoring, MARKER))) return null;
  const { before } = marker.parse(JSON.parse(readFileSync(join(restoring, MARKER), 'utf8')));
  const aside = join(dir, before);
  mkdirSync(aside, { recursive: true, mode: 0o750 });
  for (const { name, old } of MOVES) {
    // In place already.
    if (!existsSync(join(restoring, name))) continue;
    for (const one of old) if (existsSync(join(dir, one))) move(join(dir, one), join(aside, one));
    move(join(restoring, name), join(dir, name));
  }
  for (const directory of [aside, restoring, dir]) syncNames(directory);
  rmSync(restoring, { recursive: true });
  return aside;
}

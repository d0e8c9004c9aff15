import { writeFile } from 'node:fs/promises';
import { HiveError } from '../../../protocol/errors.ts';
import { oneLine } from '../output/clean-text.ts';
import type { OptionValue } from './command.ts';

/**
 * The path of a download. Somebody else chose the file's name: characters that reverse or hide text are removed from it,
 * and a hidden file is refused because a shell or another program might read it as configuration.
 */
export function readPath(given: OptionValue, name: string): string {
  if (given !== undefined) return String(given);
  const clean = oneLine(name);
  if (/^[\p{L}\p{N}_]/u.test(clean)) return clean;
  throw new HiveError('invalid_input', `It is called "${clean}". Say where to with -o PATH.`);
}

/** Never overwrites a file: somebody else chose the name. */
export async function saveNew(path: string, bytes: Uint8Array): Promise<void> {
  await writeFile(path, bytes, { flag: 'wx' }).catch((cause: NodeJS.ErrnoException) => {
    const why = cause.code === 'EEXIST' ? 'is there already; choose another place with -o PATH' : cause.message;
    throw new HiveError('invalid_input', `"${oneLine(path)}" ${why}.`, { cause });
  });
}

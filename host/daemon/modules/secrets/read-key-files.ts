import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { NamedSecret } from '../../../../system/redact/redactor.ts';
import { secretsOfKeyFile } from '../providers/queries.ts';

/** The secrets in hived's own files of keys, named by their files: `name.key` holds the secret `name-key`. */
export async function readKeyFiles(dir: string): Promise<NamedSecret[]> {
  const entries = await readdir(dir, { withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const secrets = await Promise.all(
    files.map(async ({ name }) => {
      const text = await readFile(join(dir, name), 'utf8').catch(emptyIfGone);
      return secretsOfKeyFile(text).map((value) => ({ name: sayFile(name), value }));
    }),
  );
  return secrets.flat();
}

/** Removed since the directory was read, or the temporary file of a write that has its name by now. */
function emptyIfGone(error: NodeJS.ErrnoException): string {
  if (error.code === 'ENOENT') return '';
  throw error;
}

/** The ids of providers that were added are no names. */
function sayFile(file: string): string {
  return file.replace(/^_[0-9a-f]{16}\./, 'provider.').replaceAll('.', '-');
}

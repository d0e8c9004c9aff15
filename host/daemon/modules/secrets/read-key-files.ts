import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { NamedSecret } from '../../../../system/redact/redactor.ts';

/** Shorter texts in a login are names and kinds, not tokens. */
const TOKEN_CHARS = 16;

/**
 * The secrets in hived's own files of keys, named by their files: `name.key` holds the secret `name-key`. A
 * file with JSON, such as a login, holds each long text of it.
 */
export async function readKeyFiles(dir: string): Promise<NamedSecret[]> {
  const entries = await readdir(dir, { withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const secrets = await Promise.all(
    files.map(async ({ name }) => {
      const text = await readFile(join(dir, name), 'utf8').catch(emptyIfGone);
      return valuesOf(text.trim()).map((value) => ({ name: sayFile(name), value }));
    }),
  );
  return secrets.flat();
}

/** Removed since the directory was read, or the temporary file of a write that has its name by now. */
function emptyIfGone(error: NodeJS.ErrnoException): string {
  if (error.code === 'ENOENT') return '';
  throw error;
}

function valuesOf(text: string): string[] {
  try {
    const json: unknown = JSON.parse(text);
    if (typeof json === 'object') return textsIn(json).filter(({ length }) => length >= TOKEN_CHARS);
  } catch {
    // A key, not JSON.
  }
  return text === '' ? [] : [text];
}

function textsIn(json: unknown): string[] {
  if (typeof json === 'string') return [json];
  return typeof json === 'object' && json !== null ? Object.values(json).flatMap(textsIn) : [];
}

/** The ids of providers that were added are no names. */
function sayFile(file: string): string {
  return file.replace(/^_[0-9a-f]{16}\./, 'provider.').replaceAll('.', '-');
}

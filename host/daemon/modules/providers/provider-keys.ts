import { randomBytes } from 'node:crypto';
import { open, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { ProviderName } from '../../../../protocol/providers.ts';

/** Keys of model providers: one file each in <root>/secrets, 0600, read only by hived. */
export interface ProviderKeys {
  read(provider: ProviderName): Promise<string | null>;
  setAt(provider: ProviderName): Promise<number | null>;
  /** Replaces the key; it is on disk when this returns. */
  write(provider: ProviderName, key: string): Promise<void>;
  /** Returns false when there was none. */
  remove(provider: ProviderName): Promise<boolean>;
}

export function openProviderKeys(secretsDir: string): ProviderKeys {
  const fileOf = (provider: ProviderName) => join(secretsDir, `${provider}.key`);
  return {
    async read(provider) {
      const text = await readFile(fileOf(provider), 'utf8').catch(nullIfAbsent);
      return text === null || text.trim() === '' ? null : text.trim();
    },
    async setAt(provider) {
      const found = await stat(fileOf(provider)).catch(nullIfAbsent);
      return found === null ? null : Math.round(found.mtimeMs);
    },
    async write(provider, key) {
      const temporary = `${fileOf(provider)}.${randomBytes(6).toString('hex')}`;
      try {
        const file = await open(temporary, 'wx', 0o600);
        try {
          await file.writeFile(`${key}\n`);
          await file.sync();
        } finally {
          await file.close();
        }
        await rename(temporary, fileOf(provider));
      } catch (error) {
        await rm(temporary, { force: true });
        throw error;
      }
    },
    async remove(provider) {
      if ((await stat(fileOf(provider)).catch(nullIfAbsent)) === null) return false;
      await rm(fileOf(provider));
      return true;
    },
  };
}

function nullIfAbsent(error: unknown): null {
  if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
  throw error;
}

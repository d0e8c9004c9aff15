import { createHash, randomBytes } from 'node:crypto';
import { readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { epochMs } from '../../../../protocol/names.ts';
import { loginState, loginToken } from '../../../../protocol/schemas/login.ts';
import { FIRST_KEY, keyLabel } from '../../../../protocol/schemas/provider.ts';
import { syncDirectory } from '../../../../system/sync-directory.ts';
import { writePrivate } from '../../../../system/write-private.ts';
import { parseJson } from '../../../../system/text/parse-json.ts';

/** A stored key of a provider, or a login in its place. */
export interface StoredKey {
  readonly label: string;
  /** Of a login: its access token. */
  readonly key: string;
  /** When it was set or imported (epoch milliseconds, with fractions). */
  readonly setAt: number;
  readonly login: StoredLogin | null;
}

/** A login as it is stored, beside its access token. */
const storedLogin = loginState.extend({
  importedAt: z.number().nonnegative(),
  /** When a renewal began of which nobody knows how it ended, since the newest tokens came; null: there was none. */
  interruptedAt: epochMs.nullable().default(null),
  /** The SHA-256 of the refresh token with which it was imported: tells whether a file was imported before. */
  importedAs: z.string(),
});
export type StoredLogin = z.infer<typeof storedLogin>;
const loginText = storedLogin.extend({ access: loginToken });
/** The secrets of a login, also of one whose other fields are damaged. */
const loginTokens = z.object({ access: z.string().min(1), refresh: z.string().min(1) });
/** A write that a crash interrupted leaves a file with this end (system/write-private.ts). */
const LEFT_BY_A_WRITE = /\.key\.[0-9a-f]{12}$/;

/**
 * Keys of model providers, by the providers' ids: one file each in <root>/secrets, 0600, read only by hived.
 * `<id>.key` is the key with the label "main", `<id>.<label>.key` any other. A login is JSON of several lines in such a
 * file; no key has a line break.
 */
export interface ProviderKeys {
  /** In the order in which they were set. */
  list(id: string): Promise<StoredKey[]>;
  /** Stores a key in place of one with its label; it is on disk when this returns. */
  write(id: string, key: Pick<StoredKey, 'label' | 'key'> & { login?: StoredLogin | null }): Promise<void>;
  /** Removes the key with this label. Returns false when there was none. */
  remove(id: string, label: string): Promise<boolean>;
  /**
   * Deletes what belongs to nobody: files of writes that a crash interrupted, and the keys of providers that were added
   * with an id of `newProviderId` and are not among these. To be called before anything is written.
   */
  removeOthers(ids: ReadonlySet<string>): Promise<void>;
}

/** Begins with a character that no provider's name has. */
export function newProviderId(): string {
  return `_${randomBytes(8).toString('hex')}`;
}

/** The beginning of the SHA-256 of a key: tells keys apart and does not tell what they are. */
export function fingerprintOf(key: string): string {
  return hashOf(key).slice(0, 8);
}

export function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

/** `onChanged` is called after each change of the files. */
export function openProviderKeys(
  secretsDir: string,
  onChanged: () => Promise<void> = () => Promise.resolve(),
): ProviderKeys {
  const fileOf = (id: string, label: string) =>
    join(secretsDir, label === FIRST_KEY ? `${id}.key` : `${id}.${label}.key`);

  async function labelsOf(id: string): Promise<string[]> {
    return (await readdir(secretsDir)).flatMap((file) => {
      if (file === `${id}.key`) return [FIRST_KEY];
      if (!file.startsWith(`${id}.`) || !file.endsWith('.key')) return [];
      const label = keyLabel.safeParse(file.slice(id.length + 1, -'.key'.length));
      return label.success && label.data !== FIRST_KEY ? [label.data] : [];
    });
  }

  async function read(id: string, label: string): Promise<StoredKey | null> {
    const text = await readFile(fileOf(id, label), 'utf8').catch(nullIfAbsent);
    const found = await stat(fileOf(id, label)).catch(nullIfAbsent);
    if (text === null || found === null || text.trim() === '') return null;
    return readText(text.trim(), { label, setAt: found.mtimeMs });
  }

  return {
    async list(id) {
      const keys = await Promise.all((await labelsOf(id)).map((label) => read(id, label)));
      return keys.filter((key) => key !== null).sort((a, b) => a.setAt - b.setAt || a.label.localeCompare(b.label));
    },
    async write(id, { label, key, login = null }) {
      const text = login === null ? key : JSON.stringify({ ...login, access: key }, null, 1);
      await writePrivate(fileOf(id, label), `${text}\n`);
      await onChanged();
    },
    async remove(id, label) {
      if ((await stat(fileOf(id, label)).catch(nullIfAbsent)) === null) return false;
      await rm(fileOf(id, label));
      // A key that was revoked does not come back with a power failure.
      await syncDirectory(secretsDir);
      await onChanged();
      return true;
    },
    async removeOthers(ids) {
      for (const file of await readdir(secretsDir)) {
        const id = /^(_[0-9a-f]{16})\./.exec(file)?.[1];
        const isLeft = LEFT_BY_A_WRITE.test(file) || (id !== undefined && !ids.has(id));
        if (isLeft) await rm(join(secretsDir, file), { force: true });
      }
    },
  };
}

/**
 * What of a file's text is secret: the key, or a login's two tokens; its dates, its account and the hash of its import are
 * not. Of JSON that is no login all of the text counts, as for a key.
 */
export function secretsOfKeyFile(text: string): string[] {
  const { data } = loginTokens.safeParse(parseJson(text));
  if (data !== undefined) return [data.access, data.refresh];
  return text.trim() === '' ? [] : [text.trim()];
}

/** A damaged login is none. */
function readText(text: string, { label, setAt }: { label: string; setAt: number }): StoredKey | null {
  if (!text.includes('\n')) return { label, key: text, setAt, login: null };
  const parsed = loginText.safeParse(parseJson(text));
  if (!parsed.success) return null;
  const { access, ...login } = parsed.data;
  return { label, key: access, setAt: login.importedAt, login };
}

function nullIfAbsent(error: unknown): null {
  if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
  throw error;
}

import { open } from 'node:fs/promises';
import { HiveError } from '../../protocol/errors.ts';
import type { CliContext } from './context.ts';
import { readSecret } from './read-secret.ts';
import { decodeUtf8 } from './read-stdin.ts';

/** Larger files hold no login. */
const LOGIN_BYTES = 65_536;

/** Options of a command that takes a key, as commander gives them. */
interface CredentialOptions {
  readonly setupToken?: unknown;
  readonly login?: unknown;
}

/** Reads what pays for a provider's calls: a key or token from stdin or typed, or the file with a login. */
export async function readCredential(
  context: CliContext,
  options: CredentialOptions,
  provider: string,
): Promise<{ setupToken: boolean; key: string } | { setupToken: boolean; login: string }> {
  const setupToken = options.setupToken === true;
  if (typeof options.login !== 'string') {
    const key = await readSecret(context, `${setupToken ? 'Token' : 'Key'} for ${provider} (not shown): `);
    return { setupToken, key };
  }
  if (setupToken) throw new HiveError('invalid_input', 'Choose one: --setup-token or --login.');
  return { setupToken, login: await readLoginFile(options.login) };
}

async function readLoginFile(path: string): Promise<string> {
  const file = await open(path).catch((cause: NodeJS.ErrnoException) => {
    throw new HiveError('invalid_input', `${path} cannot be read (${cause.code ?? 'unknown'}).`, { cause });
  });
  try {
    const { bytesRead, buffer } = await file.read({ buffer: Buffer.alloc(LOGIN_BYTES + 1) });
    if (bytesRead > LOGIN_BYTES)
      throw new HiveError('invalid_input', `${path} is over ${LOGIN_BYTES / 1_024} KiB: it is no file with a login.`);
    return decodeUtf8(buffer.subarray(0, bytesRead), path);
  } catch (cause) {
    if (cause instanceof HiveError) throw cause;
    const { code = 'unknown' } = cause as NodeJS.ErrnoException;
    throw new HiveError('invalid_input', `${path} cannot be read (${code}).`, { cause });
  } finally {
    await file.close();
  }
}

/** What to do with the imported file: two programs that renew one login end it for both. */
export const IMPORTED_WORDS =
  'The hive renews this login from now on. Delete the file and do not use it elsewhere; do not log out there, which would end the login here.';

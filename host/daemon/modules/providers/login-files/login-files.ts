import { HiveError } from '../../../../../protocol/errors.ts';
import { kindFacts, type ProviderKind } from '../../../../../protocol/providers.ts';
import { type ImportedLogin, UnusableFile } from './imported-login.ts';
import { readAuthJson } from './read-auth-json.ts';

/** Throws an UnusableFile. */
type ReadLoginFile = (text: string) => ImportedLogin;

/** Readers of files with logins, by the kinds of providers that take them. */
const READERS: ReadonlyMap<ProviderKind, ReadLoginFile> = new Map([['openai', readAuthJson]]);

/** Reads a file with a login. Throws `invalid_input`, which says what to do. */
export function readLoginFile(kind: ProviderKind, text: string): ImportedLogin {
  const { login, label } = kindFacts(kind);
  const read = READERS.get(kind);
  if (login === null || read === undefined) throw new HiveError('invalid_input', `${label} takes no logins.`);
  try {
    return read(text);
  } catch (error) {
    if (!(error instanceof UnusableFile)) throw error;
    throw new HiveError(
      'invalid_input',
      `This is not the ${login.file} of a login: ${error.message}. Make one with "${login.command}", and import that.`,
    );
  }
}

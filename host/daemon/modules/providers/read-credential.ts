import { randomBytes } from 'node:crypto';
import { HiveError } from '../../../../protocol/errors.ts';
import { isSetupToken, kindFacts, type ProviderKind } from '../../../../protocol/providers.ts';
import { readLoginFile } from './login-files/login-files.ts';
import { hashOf, type StoredKey } from './provider-keys.ts';

/** What the operator gave: a key, or the text of a file with a login. */
export interface GivenCredential {
  readonly key?: string | undefined;
  readonly login?: string | undefined;
  /** The key must be a subscription's long-lived token. */
  readonly setupToken: boolean;
}

export type Credential = Pick<StoredKey, 'key' | 'login'>;

/** Throws `invalid_input` for both and neither of them, and for one that a provider of this kind does not take. */
export function readCredential(kind: ProviderKind, given: GivenCredential, now: number): Credential {
  const { key, login, setupToken } = given;
  if ((key === undefined) === (login === undefined) || (setupToken && key === undefined))
    throw new HiveError('invalid_input', 'Give one of these: a key, a token of a subscription, or a login.');
  if (login !== undefined) return importLogin(kind, login, now);
  if (key !== undefined && setupToken) requireSetupToken(kind, key);
  return { key: key ?? '', login: null };
}

function importLogin(kind: ProviderKind, text: string, now: number): Credential {
  const { access, renewedAt, ...read } = readLoginFile(kind, text);
  return {
    key: access,
    login: {
      ...read,
      id: randomBytes(6).toString('hex'),
      renewedAt: renewedAt ?? now,
      renewals: 0,
      sentAt: null,
      ended: null,
      interruptedAt: null,
      importedAt: now,
      importedAs: hashOf(read.refresh),
    },
  };
}

function requireSetupToken(kind: ProviderKind, key: string): void {
  const { setupToken, label } = kindFacts(kind);
  if (setupToken === null) throw new HiveError('invalid_input', `${label} has no long-lived tokens of subscriptions.`);
  if (isSetupToken(kind, key)) return;
  throw new HiveError(
    'invalid_input',
    `This is not a token of "${setupToken.command}", which begins with ${setupToken.prefix}. A key of the API is set as a key: without --setup-token.`,
  );
}

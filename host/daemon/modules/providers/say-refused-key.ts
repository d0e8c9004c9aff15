import { kindFacts } from '../../../../protocol/providers.ts';
import type { LoginEnd } from '../../../../protocol/schemas/login.ts';
import type { StoredLogin } from './provider-keys.ts';
import type { Provider } from './provider-list.ts';

/** A key that its provider refuses, among the keys of that provider. */
export interface RefusedKey {
  readonly label: string;
  /** How many keys the provider has. */
  readonly count: number;
  /** Whether all of them are refused now. */
  readonly isLast: boolean;
  /** Of a login: when a renewal began of which nobody knows how it ended; null: there was none. */
  readonly interruptedAt: number | null;
}

/** What the operator is told about a key that was refused just now; `ended`: how a login ended. */
export function sayRefused(
  provider: Provider,
  key: RefusedKey & { status: number; ended: LoginEnd | undefined },
): string {
  const { name } = provider;
  const { label, status, ended, count, isLast } = key;
  if (ended !== undefined) return sayEnded(provider, { ...key, ended });
  if (count === 1)
    return `The key was refused by ${name} (${status}). Agents that need the model wait. Set another key: hivectl provider set ${name}`;
  const refused = `The key "${label}" was refused by ${name} (${status}).`;
  const replace = `hivectl provider set ${name} --label ${label}`;
  return isLast
    ? `${refused} So were its other keys: agents that need the model wait. Set another key: ${replace}`
    : `${refused} Calls use its other keys. Replace it: ${replace}`;
}

const END_WORDS: Readonly<Record<LoginEnd, string>> = {
  expired: 'its refresh token is too old',
  reused: 'its refresh token was used before, perhaps by a program that still has the imported file',
  revoked: 'it was revoked',
  refused: 'it was not renewed',
};

function sayEnded(
  { name, kind }: Provider,
  { label, ended, interruptedAt, isLast }: RefusedKey & { ended: LoginEnd },
): string {
  const { login } = kindFacts(kind);
  const why =
    interruptedAt === null
      ? END_WORDS[ended]
      : `it was probably renewed at ${sayTime(interruptedAt)}, and the hive did not get or keep the answer`;
  const next = isLast ? 'Agents that need the model wait.' : 'Calls use the other keys.';
  return `The login "${label}" of ${name} has ended: ${why}. ${next} Log in again (${login?.command ?? ''}) and import it: hivectl provider set ${name} --label ${label} --login FILE`;
}

/** What the operator is told about a login of which nobody knows whether it was renewed. */
export function sayInterrupted(
  { name, kind }: Provider,
  { label, login: { interruptedAt, expiresAt } }: { label: string; login: StoredLogin },
): string {
  const { login } = kindFacts(kind);
  const until = expiresAt === null ? 'until the provider refuses it' : `until ${sayTime(expiresAt)}`;
  return `Nobody knows whether the login "${label}" of ${name} was renewed at ${sayTime(interruptedAt ?? 0)}: no answer came, or the hive ended before it was stored. The login works ${until}. Then it is renewed once more, which fails if it was renewed before. To be on the safe side, log in again (${login?.command ?? ''}) and import it: hivectl provider set ${name} --label ${label} --login FILE`;
}

function sayTime(at: number): string {
  return new Date(at).toISOString();
}

import type { KnownSecrets } from '../../core/known-secrets.ts';

/** More than a hive has sessions at once. */
const MOST_TOKENS = 64;

/**
 * Remembers tokens that hived stores only as hashes (links and sessions of the dashboard), in memory, so that they are
 * redacted: the newest ones, from when they are created or used.
 */
export function rememberTokens(secrets: Pick<KnownSecrets, 'learn'>, source: string): (token: string) => void {
  const tokens = new Set<string>();
  return (token) => {
    if (tokens.has(token)) return;
    tokens.add(token);
    for (const oldest of tokens) {
      if (tokens.size <= MOST_TOKENS) break;
      tokens.delete(oldest);
    }
    secrets.learn(
      source,
      [...tokens].map((value) => ({ name: source, value })),
    );
  };
}

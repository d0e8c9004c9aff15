import * as z from 'zod';
import { TOKEN_SCOPES } from '../access/token-scopes.ts';
import { agentName, epochMs, OPERATOR } from '../names.ts';

/** Begins every token, so that one in a file is recognized. */
export const TOKEN_PREFIX = 'hvf_';

/** A token's own name: what `ls` shows and `rm` takes. */
export const tokenName = z.string().regex(/^[a-z](?:[a-z0-9-]{0,30}[a-z0-9])?$/, {
  error: 'a token has a name of 1 to 32 lower-case letters, digits and "-", starting with a letter',
});

export const tokenScopes = z.array(z.enum(TOKEN_SCOPES)).min(1).max(TOKEN_SCOPES.length);

/** `OWNER/NAME`. */
const fullName = z.string().regex(/^[a-z][a-z0-9-]*\/[a-zA-Z0-9][a-zA-Z0-9._-]*$/, {
  error: 'a repository is OWNER/NAME',
});
export const tokenRepositories = z.array(fullName).min(1).max(100);

export const MOST_TOKEN_DAYS = 366;

/** A token as lists show it: never its value. */
export const forgeTokenView = z.strictObject({
  name: tokenName,
  owner: z.union([agentName, z.literal(OPERATOR)]),
  scopes: tokenScopes,
  /** Null: every repository that its owner sees. */
  repositories: tokenRepositories.nullable(),
  createdAt: epochMs,
  expiresAt: epochMs,
  /** To the minute. */
  usedAt: epochMs.nullable(),
});
export type ForgeTokenView = z.infer<typeof forgeTokenView>;

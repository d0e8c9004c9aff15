import * as z from 'zod';
import { agentName, OPERATOR } from '../names.ts';
import { op } from '../op.ts';
import { forgeTokenView, MOST_TOKEN_DAYS, tokenName, tokenRepositories, tokenScopes } from '../schemas/forge-token.ts';

/** Tokens of the forge: for `hivectl` alone, because a token is a right that leaves the machine. */
export const forgeTokenOperations = {
  createForgeToken: op({
    name: 'createForgeToken',
    audiences: ['admin'],
    method: 'POST',
    path: '/api/tokens',
    summary: 'Make a token for programs outside of boxes. The answer is the only place that ever has its value.',
    input: z.strictObject({
      name: tokenName,
      /** Who acts with it: its own rights count, within those of the token. */
      owner: z.union([agentName, z.literal(OPERATOR)]),
      scopes: tokenScopes,
      /** Default: every repository that its owner sees. */
      repositories: tokenRepositories.optional(),
      days: z.int().min(1).max(MOST_TOKEN_DAYS),
    }),
    output: z.strictObject({ token: forgeTokenView, value: z.string() }),
    errors: ['duplicate_token', 'unknown_agent', 'forge_quota', 'storage_unavailable'],
  }),
  listForgeTokens: op({
    name: 'listForgeTokens',
    audiences: ['admin'],
    method: 'GET',
    path: '/api/tokens',
    summary: 'The tokens, with their last use. One that has expired is deleted 30 days later.',
    input: z.strictObject({}),
    output: z.strictObject({ tokens: z.array(forgeTokenView) }),
    errors: [],
  }),
  removeForgeToken: op({
    name: 'removeForgeToken',
    audiences: ['admin'],
    method: 'DELETE',
    path: '/api/tokens/:name',
    summary: 'Revoke a token: its next request is refused.',
    input: z.strictObject({ name: tokenName }),
    output: z.strictObject({ token: forgeTokenView }),
    errors: ['not_found', 'storage_unavailable'],
  }),
} as const;

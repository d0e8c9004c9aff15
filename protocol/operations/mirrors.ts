import * as z from 'zod';
import { repoName, repoOwner } from '../names.ts';
import { op } from '../op.ts';
import { outsideUrl } from '../outside-url.ts';
import { importView } from '../schemas/mirror.ts';

/** Repositories from outside. By the gateway, to hosts that the operator allows the hive (`hivectl egress allow hive`). */
export const mirrorOperations = {
  importRepo: op({
    name: 'importRepo',
    audiences: ['admin'],
    method: 'POST',
    path: '/api/imports',
    summary: 'Begin to make a repository from the branches and tags of one outside. It is there when all of it is.',
    input: z.strictObject({ owner: repoOwner, name: repoName, url: outsideUrl }),
    output: z.strictObject({ import: importView }),
    errors: [
      'duplicate_repo',
      'unknown_agent',
      'forge_quota',
      'contains_secret',
      'service_unavailable',
      'storage_unavailable',
    ],
  }),
  listImports: op({
    name: 'listImports',
    audiences: ['operator'],
    method: 'GET',
    path: '/api/imports',
    summary: 'Imports that run, and those that ended within the last hour, the newest first.',
    input: z.strictObject({}),
    output: z.strictObject({ imports: z.array(importView) }),
    errors: [],
  }),
  cancelImport: op({
    name: 'cancelImport',
    audiences: ['admin'],
    method: 'DELETE',
    path: '/api/imports/:owner/:name',
    summary: 'End an import that runs; nothing of it is kept.',
    input: z.strictObject({ owner: repoOwner, name: repoName }),
    output: z.strictObject({ import: importView }),
    errors: ['not_found'],
  }),
} as const;

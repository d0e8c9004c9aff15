import * as z from 'zod';
import { repoName, repoOwner } from '../names.ts';
import { op } from '../op.ts';
import { fsckView, strayView } from '../schemas/fsck.ts';
import { upkeepView } from '../schemas/upkeep.ts';

const repo = { owner: repoOwner, name: repoName };

/** The upkeep of repositories: for `hivectl` alone. */
export const upkeepOperations = {
  listMaintenance: op({
    name: 'listMaintenance',
    audiences: ['admin'],
    method: 'GET',
    path: '/api/maintenance',
    summary: 'The size of each repository, what its last maintenance did, and when the next look is due.',
    input: z.strictObject({}),
    output: z.strictObject({ repos: z.array(upkeepView) }),
    errors: [],
  }),
  maintainRepo: op({
    name: 'maintainRepo',
    audiences: ['admin'],
    method: 'POST',
    path: '/api/repos/:owner/:name/maintain',
    summary:
      'Join the packs of a repository, index its history, and delete what no ref has led to for longer than the grace. Pushes go first: one that comes ends it.',
    input: z.strictObject(repo),
    output: z.strictObject({ repo: upkeepView }),
    errors: ['unknown_repo', 'service_unavailable', 'storage_unavailable'],
  }),
  fsckRepo: op({
    name: 'fsckRepo',
    audiences: ['admin'],
    method: 'POST',
    path: '/api/repos/:owner/:name/fsck',
    summary: 'Check all objects and refs of a repository, and whether what the forge has recorded is there.',
    input: z.strictObject(repo),
    output: z.strictObject({ repo: fsckView }),
    errors: ['unknown_repo', 'service_unavailable', 'storage_unavailable'],
  }),
  listStrays: op({
    name: 'listStrays',
    audiences: ['admin'],
    method: 'GET',
    path: '/api/strays',
    summary: 'What is among the repositories on the disk and is none that the forge knows.',
    input: z.strictObject({}),
    output: z.strictObject({ strays: z.array(strayView) }),
    errors: ['storage_unavailable'],
  }),
} as const;

import * as z from 'zod';
import { repoName, repoOwner } from '../names.ts';
import { op, surfaceFor } from '../op.ts';
import { checkOperations } from './checks.ts';
import { browseOperations } from './browse.ts';
import { pullOperations } from './pulls.ts';
import { statusOperations } from './statuses.ts';
import { removedRepoView, repoDescription, repoView } from '../schemas/repo.ts';

/**
 * The forge's operations on repositories. Callers other than agents have the operator's rights. In a file of their own
 * because every harness loads them, and no other schemas of services.
 */
export const repoOperations = {
  listRepos: op({
    name: 'listRepos',
    audiences: ['agent', 'operator'],
    method: 'GET',
    path: '/api/repos',
    summary: 'Every repository that the caller may read.',
    input: z.strictObject({}),
    output: z.strictObject({ repos: z.array(repoView) }),
    errors: ['rate_exceeded'],
    cost: 40,
    tool: { name: 'repos', description: 'Repositories that you may read, and your access.' },
  }),
  describeRepo: op({
    name: 'describeRepo',
    audiences: ['agent', 'operator'],
    method: 'GET',
    // Not "/api/repos/:owner/:name": "info/refs" there is git's, of a repository "repos" of an agent called "api".
    path: '/api/repos/:owner/:name/look',
    summary: 'One repository: its branches, the newest first, and the last commits of one of them.',
    input: z.strictObject({
      owner: repoOwner,
      name: repoName,
      /** Default: the default branch. */
      branch: z.string().min(1).max(255).optional(),
    }),
    output: repoDescription,
    errors: ['unknown_repo', 'not_found', 'service_unavailable', 'rate_exceeded'],
    cost: 100,
    tool: { name: 'repo', description: "A repository's branches and last commits." },
  }),
  createRepo: op({
    name: 'createRepo',
    audiences: ['agent', 'admin'],
    method: 'POST',
    path: '/api/repos',
    summary: "Make an empty repository, in the caller's own namespace unless another owner is named.",
    input: z.strictObject({
      name: repoName,
      owner: repoOwner.optional(),
      description: z.string().max(500).default(''),
    }),
    output: z.strictObject({ repo: repoView }),
    errors: [
      'duplicate_repo',
      'forbidden',
      'unknown_repo',
      'unknown_agent',
      'forge_quota',
      'contains_secret',
      'service_unavailable',
      'storage_unavailable',
      'rate_exceeded',
    ],
    cost: 400,
    tool: {
      name: 'create_repo',
      description: 'Make an empty repository, by default yours.',
      unlisted: ['description'],
    },
  }),
  forkRepo: op({
    name: 'forkRepo',
    audiences: ['agent', 'admin'],
    method: 'POST',
    path: '/api/repos/:owner/:name/fork',
    summary:
      "Copy the branches and tags of a repository into the caller's own namespace, or another one where it may create one.",
    input: z.strictObject({
      owner: repoOwner,
      name: repoName,
      /** Default: the caller's own namespace, and the same name. */
      toOwner: repoOwner.optional(),
      toName: repoName.optional(),
    }),
    output: z.strictObject({ repo: repoView }),
    errors: [
      'duplicate_repo',
      'forbidden',
      'unknown_repo',
      'unknown_agent',
      'forge_quota',
      'contains_secret',
      'service_unavailable',
      'storage_unavailable',
      'rate_exceeded',
    ],
    cost: 800,
  }),
  removeRepo: op({
    name: 'removeRepo',
    audiences: ['admin'],
    method: 'DELETE',
    path: '/api/repos/:owner/:name',
    summary: 'Remove a repository. Its directory is kept aside unless purge repeats OWNER/NAME.',
    input: z.strictObject({ owner: repoOwner, name: repoName, purge: z.string().optional() }),
    output: z.strictObject({
      owner: repoOwner,
      name: repoName,
      /** The directory it was moved to; null when it was deleted. */
      kept: z.string().nullable(),
    }),
    errors: ['unknown_repo', 'name_mismatch', 'service_unavailable', 'storage_unavailable'],
  }),
  setDefaultBranch: op({
    name: 'setDefaultBranch',
    audiences: ['admin'],
    method: 'PUT',
    path: '/api/repos/:owner/:name/default-branch',
    summary: 'Choose the branch that a clone checks out; it has to be there.',
    input: z.strictObject({ owner: repoOwner, name: repoName, branch: z.string().min(1).max(255) }),
    output: z.strictObject({ repo: repoView }),
    errors: ['unknown_repo', 'not_found', 'service_unavailable', 'storage_unavailable'],
  }),
  listRemovedRepos: op({
    name: 'listRemovedRepos',
    audiences: ['admin'],
    method: 'GET',
    path: '/api/removed',
    summary: 'Removed repositories whose directory is kept, the newest first.',
    input: z.strictObject({}),
    output: z.strictObject({ repos: z.array(removedRepoView) }),
    errors: [],
  }),
  pruneRepo: op({
    name: 'pruneRepo',
    audiences: ['admin'],
    method: 'POST',
    path: '/api/repos/:owner/:name/prune',
    summary: 'Remove objects from the disk that no branch or tag leads to, between pushes.',
    input: z.strictObject({ owner: repoOwner, name: repoName }),
    output: z.strictObject({
      owner: repoOwner,
      name: repoName,
      /** The number of objects deleted, and the space that it freed. */
      objects: z.int().nonnegative(),
      bytes: z.int().nonnegative(),
    }),
    errors: ['unknown_repo', 'service_unavailable', 'storage_unavailable'],
  }),
} as const;

/** The forge's surface for one agent (beside smart HTTP under /<owner>/<repo>.git). */
export const forgeAgentSurface = surfaceFor(
  { ...repoOperations, ...browseOperations, ...pullOperations, ...checkOperations, ...statusOperations },
  'agent',
);

import * as z from 'zod';
import { repoName, repoOwner } from '../names.ts';
import { op } from '../op.ts';
import { commitId, pullNumber, pullView, UPDATE_METHODS } from '../schemas/pull.ts';

const pull = { owner: repoOwner, name: repoName, number: pullNumber };

/** Operations that make commits and branches for pull requests. An agent has git for the same, so they are no tools. */
export const pullMoves = {
  updatePull: op({
    name: 'updatePull',
    audiences: ['agent', 'operator'],
    method: 'POST',
    path: '/api/repos/:owner/:name/pulls/:number/update',
    summary: 'Bring the commits of the base into the head of a pull request, as a push of the caller.',
    input: z.strictObject({
      ...pull,
      method: z.enum(UPDATE_METHODS).default('merge'),
      /** The head's commit that is meant: another newest one is refused. */
      commit: commitId.optional(),
    }),
    output: z.strictObject({ pull: pullView }),
    errors: [
      'unknown_repo',
      'unknown_pull',
      'forbidden',
      'not_found',
      'not_mergeable',
      'nothing_to_merge',
      'pull_moved',
      'pull_ended',
      'forge_quota',
      'service_unavailable',
      'storage_unavailable',
      'rate_exceeded',
    ],
    cost: 800,
  }),
  applySuggestion: op({
    name: 'applySuggestion',
    audiences: ['agent', 'operator'],
    method: 'POST',
    path: '/api/repos/:owner/:name/pulls/:number/suggestions/:entry',
    summary: 'Commit what a comment suggests in place of its line, as a push of the caller.',
    input: z.strictObject({ ...pull, entry: z.coerce.number<number | string>().int().positive() }),
    output: z.strictObject({ pull: pullView }),
    errors: [
      'unknown_repo',
      'unknown_pull',
      'forbidden',
      'not_found',
      'nothing_to_merge',
      'pull_moved',
      'pull_ended',
      'forge_quota',
      'contains_secret',
      'service_unavailable',
      'storage_unavailable',
      'rate_exceeded',
    ],
    cost: 800,
  }),
  revertPull: op({
    name: 'revertPull',
    audiences: ['agent', 'operator'],
    method: 'POST',
    path: '/api/repos/:owner/:name/pulls/:number/revert',
    summary: 'Open a pull request that takes a merged one back, on a branch made for it.',
    input: z.strictObject(pull),
    output: z.strictObject({ pull: pullView }),
    errors: [
      'unknown_repo',
      'unknown_pull',
      'forbidden',
      'not_found',
      'not_mergeable',
      'nothing_to_merge',
      'duplicate_pull',
      'forge_quota',
      'contains_secret',
      'service_unavailable',
      'storage_unavailable',
      'rate_exceeded',
    ],
    cost: 800,
  }),
} as const;

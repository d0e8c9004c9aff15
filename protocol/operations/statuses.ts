import * as z from 'zod';
import { repoName, repoOwner } from '../names.ts';
import { op } from '../op.ts';
import { commitId } from '../schemas/pull.ts';
import { commitStatus, STATUS_STATES, statusContext, statusText, statusUrl } from '../schemas/status.ts';

const repo = { owner: repoOwner, name: repoName };

/** What systems outside of the hive say about commits: operations of the forge for agents and the operator. */
export const statusOperations = {
  setStatus: op({
    name: 'setStatus',
    audiences: ['agent', 'operator'],
    method: 'PUT',
    path: '/api/repos/:owner/:name/statuses/:commit',
    summary: 'Say something about a commit in a context, instead of what the caller said there before.',
    input: z.strictObject({
      ...repo,
      commit: commitId,
      context: statusContext,
      state: z.enum(STATUS_STATES),
      description: statusText.default(''),
      url: statusUrl.default(''),
    }),
    output: z.strictObject({ status: commitStatus }),
    errors: [
      'unknown_repo',
      'not_found',
      'forbidden',
      'forge_quota',
      'service_unavailable',
      'storage_unavailable',
      'rate_exceeded',
    ],
    cost: 200,
  }),
  listStatuses: op({
    name: 'listStatuses',
    audiences: ['agent', 'operator'],
    method: 'GET',
    path: '/api/repos/:owner/:name/statuses/:commit',
    summary: 'What was said about a commit, the newest first.',
    input: z.strictObject({ ...repo, commit: commitId }),
    output: z.strictObject({ statuses: z.array(commitStatus) }),
    errors: ['unknown_repo', 'rate_exceeded'],
    cost: 40,
  }),
} as const;

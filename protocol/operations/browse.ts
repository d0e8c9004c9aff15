import * as z from 'zod';
import { repoName, repoOwner } from '../names.ts';
import { op } from '../op.ts';
import { blameRun, fileHistory, repoFile, repoFilePath, repoTree, revision, searchHit } from '../schemas/browse.ts';

/** Default revision: the default branch. */
const at = { owner: repoOwner, name: repoName, ref: revision.optional() };
const errors = ['unknown_repo', 'not_found', 'service_unavailable', 'rate_exceeded'] as const;

/** What is in a repository. An agent has git for the same, so they are no tools. */
export const browseOperations = {
  readTree: op({
    name: 'readTree',
    audiences: ['agent', 'operator'],
    method: 'GET',
    path: '/api/repos/:owner/:name/tree',
    summary: 'A directory of a repository at a commit.',
    input: z.strictObject({ ...at, path: repoFilePath.default('') }),
    output: repoTree,
    errors,
    cost: 100,
  }),
  readRepoFile: op({
    name: 'readRepoFile',
    audiences: ['agent', 'operator'],
    method: 'GET',
    path: '/api/repos/:owner/:name/file',
    summary: 'A file of a repository at a commit, as text.',
    input: z.strictObject({ ...at, path: repoFilePath.min(1) }),
    output: repoFile,
    errors,
    cost: 100,
  }),
  blameFile: op({
    name: 'blameFile',
    audiences: ['agent', 'operator'],
    method: 'GET',
    path: '/api/repos/:owner/:name/blame',
    summary: 'With which commits the lines of a file came.',
    input: z.strictObject({ ...at, path: repoFilePath.min(1) }),
    output: z.strictObject({ commit: z.string(), runs: z.array(blameRun) }),
    errors,
    cost: 400,
  }),
  readHistory: op({
    name: 'readHistory',
    audiences: ['agent', 'operator'],
    method: 'GET',
    path: '/api/repos/:owner/:name/history',
    summary: 'The commits that changed a path, the newest first.',
    input: z.strictObject({
      ...at,
      path: repoFilePath.default(''),
      skip: z.coerce.number<number | string>().int().min(0).max(10_000).default(0),
      limit: z.coerce.number<number | string>().int().min(1).max(100).default(30),
    }),
    output: fileHistory,
    errors,
    cost: 200,
  }),
  searchRepo: op({
    name: 'searchRepo',
    audiences: ['agent', 'operator'],
    method: 'GET',
    path: '/api/repos/:owner/:name/search',
    summary: 'Lines of text files that have a text, whatever its case.',
    input: z.strictObject({
      ...at,
      query: z
        .string()
        .min(2)
        .max(200)
        .regex(/^[^\n\r\0]*$/, { error: 'a search is for text within a line' }),
    }),
    output: z.strictObject({
      commit: z.string(),
      /** At most 200; lines are cut. */
      hits: z.array(searchHit),
      /** There are more. */
      more: z.boolean(),
    }),
    errors,
    cost: 800,
  }),
} as const;

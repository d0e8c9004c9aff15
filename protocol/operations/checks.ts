import * as z from 'zod';
import { queryInt, repoName, repoOwner, rowId, uuid } from '../names.ts';
import { op } from '../op.ts';
import {
  cacheView,
  checkArtifact,
  checkDescription,
  checkEnd,
  checkJob,
  checkRun,
  MOST_LOG_CHARS_SENT,
  pullChecks,
} from '../schemas/check.ts';
import { pullNumber } from '../schemas/pull.ts';

const repo = { owner: repoOwner, name: repoName };
const run = z.coerce.number<number | string>().int().positive();

/** Bytes of an artifact that one answer has. */
const MOST_ARTIFACT_PAGE = 1024 * 1024;

/** Checks: operations of the forge for agents and the operator. */
export const checkOperations = {
  listChecks: op({
    name: 'listChecks',
    audiences: ['agent', 'operator'],
    method: 'GET',
    path: '/api/repos/:owner/:name/checks',
    summary: 'The newest runs of the checks of a repository, or of one of its pull requests.',
    input: z.strictObject({
      ...repo,
      pull: pullNumber.optional(),
      limit: z.coerce.number<number | string>().int().min(1).max(100).default(30),
    }),
    output: z.strictObject({ runs: z.array(checkRun) }),
    errors: ['unknown_repo', 'rate_exceeded'],
    cost: 40,
  }),
  describeCheck: op({
    name: 'describeCheck',
    audiences: ['agent', 'operator'],
    method: 'GET',
    path: '/api/repos/:owner/:name/checks/:run',
    summary: 'One run of a check: what it ran, how it ended, the places that it named, and the other runs of the same.',
    input: z.strictObject({ ...repo, run }),
    output: checkDescription,
    errors: ['unknown_repo', 'not_found', 'rate_exceeded'],
    cost: 40,
  }),
  readCheckLog: op({
    name: 'readCheckLog',
    audiences: ['agent', 'operator'],
    method: 'GET',
    path: '/api/repos/:owner/:name/checks/:run/log',
    summary: "The end of a run's output; what is before it by pages.",
    input: z.strictObject({
      ...repo,
      run,
      /** The cursor that a page gave: what is before that page. */
      before: z.coerce.number<number | string>().int().positive().optional(),
      /** Characters, about. */
      limit: z.coerce.number<number | string>().int().min(1_000).max(200_000).default(8_000),
    }),
    output: z.strictObject({
      run: checkRun,
      text: z.string(),
      /** The cursor of the page before; null: this is the beginning. */
      before: z.int().positive().nullable(),
    }),
    errors: ['unknown_repo', 'not_found', 'rate_exceeded'],
    cost: 40,
    tool: {
      name: 'check_log',
      description: "The end of a check's output.",
      unlisted: ['limit'],
      for: 'members of projects',
    },
  }),
  readCheckArtifact: op({
    name: 'readCheckArtifact',
    audiences: ['agent', 'operator'],
    method: 'GET',
    path: '/api/repos/:owner/:name/checks/:run/artifacts/:artifact',
    summary: 'A part of a file that a run handed over, in base64.',
    input: z.strictObject({
      ...repo,
      run,
      artifact: run,
      offset: z.coerce.number<number | string>().int().min(0).default(0),
      limit: z.coerce.number<number | string>().int().min(1).max(MOST_ARTIFACT_PAGE).default(MOST_ARTIFACT_PAGE),
    }),
    output: z.strictObject({
      artifact: checkArtifact,
      data: z.base64(),
      /** The offset of what is left; null: this is the end. */
      next: z.int().positive().nullable(),
    }),
    errors: ['unknown_repo', 'not_found', 'rate_exceeded'],
    cost: 100,
  }),
  listCheckCaches: op({
    name: 'listCheckCaches',
    audiences: ['operator'],
    method: 'GET',
    path: '/api/repos/:owner/:name/check-caches',
    summary: 'What checks of a repository saved for later ones; those that were used last first.',
    input: z.strictObject(repo),
    output: z.strictObject({ caches: z.array(cacheView) }),
    errors: ['unknown_repo'],
  }),
  removeCheckCaches: op({
    name: 'removeCheckCaches',
    audiences: ['operator'],
    method: 'DELETE',
    path: '/api/repos/:owner/:name/check-caches',
    summary: 'Delete a cache of a repository, or all of them: later runs begin without.',
    input: z.strictObject({ ...repo, cache: run.optional() }),
    output: z.strictObject({ removed: z.int().nonnegative() }),
    errors: ['unknown_repo', 'not_found', 'storage_unavailable'],
  }),
  requestChecks: op({
    name: 'requestChecks',
    audiences: ['agent', 'operator'],
    method: 'POST',
    path: '/api/repos/:owner/:name/pulls/:number/checks',
    summary: 'Run the checks of a pull request with the newest commit of its base, unless they have.',
    input: z.strictObject({ ...repo, number: pullNumber }),
    output: z.strictObject({ checks: pullChecks }),
    errors: [
      'unknown_repo',
      'unknown_pull',
      'forbidden',
      'pull_ended',
      'not_mergeable',
      'service_unavailable',
      'storage_unavailable',
      'rate_exceeded',
    ],
    cost: 400,
  }),
  retryCheck: op({
    name: 'retryCheck',
    audiences: ['agent', 'operator'],
    method: 'POST',
    path: '/api/repos/:owner/:name/checks/:run/retry',
    summary: 'Run a check again for the same commit.',
    input: z.strictObject({ ...repo, run }),
    output: z.strictObject({ run: checkRun }),
    errors: ['unknown_repo', 'not_found', 'forbidden', 'wrong_state', 'storage_unavailable', 'rate_exceeded'],
    cost: 200,
  }),
} as const;

/** Runs of checks: operations of the forge for hived, which carries them out. */
export const checkJobs = {
  claimCheck: op({
    name: 'claimCheck',
    audiences: ['hived'],
    method: 'POST',
    path: '/api/check-jobs',
    summary:
      'Take the next run of a check, waiting up to waitMs for one. Runs that another `holder` has are lost by that, and those of this holder that are not in `held` are queued again.',
    input: z.strictObject({
      /** This run of hived. */
      holder: uuid,
      /** The runs that it has: the answer with another one was lost. It asks for one at a time. */
      held: z.array(rowId).max(100),
      waitMs: queryInt.default(0),
    }),
    output: z.strictObject({ job: checkJob.nullable() }),
    errors: ['storage_unavailable'],
  }),
  reportCheck: op({
    name: 'reportCheck',
    audiences: ['hived'],
    method: 'POST',
    path: '/api/check-jobs/:run/report',
    summary: 'Say that a run is alive, with more of its output; and where its box finds the forge.',
    input: z.strictObject({
      run,
      holder: uuid,
      /** The path of the socket that serves the run's commit; null: it needs no socket. */
      socket: z.string().nullable(),
      text: z.string().max(MOST_LOG_CHARS_SENT),
    }),
    /** `goesOn` false: nobody wants its result, or it is lost. Its box is to be ended, without another word. */
    output: z.strictObject({ goesOn: z.boolean() }),
    errors: ['storage_unavailable'],
  }),
  endCheck: op({
    name: 'endCheck',
    audiences: ['hived'],
    method: 'POST',
    path: '/api/check-jobs/:run/end',
    summary: 'Say how a run ended. The first word counts.',
    input: z.strictObject({ run, holder: uuid, end: checkEnd }),
    output: z.strictObject({}),
    errors: ['wrong_state', 'storage_unavailable'],
  }),
} as const;

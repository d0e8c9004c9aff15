import * as z from 'zod';
import { repoName, repoOwner } from '../names.ts';
import { op } from '../op.ts';
import {
  branchName,
  branchRule,
  commitId,
  personName,
  PULL_STATES,
  pullDescription,
  pullEntry,
  pullNumber,
  pullText,
  pullTitle,
  pullView,
  reviewers,
  VERDICTS,
} from '../schemas/pull.ts';
import { labelName, labelNames } from '../schemas/label.ts';
import { labelOperations } from './labels.ts';
import { pullMoves } from './pull-moves.ts';
import { MERGE_METHODS } from '../schemas/merge-method.ts';
import { priority } from '../schemas/message.ts';
import { queueEntryView, queueView } from '../schemas/queue.ts';

const repo = { owner: repoOwner, name: repoName };
const pull = { ...repo, number: pullNumber };

/** Their tools are for agents that work in projects. */
const MEMBERS = 'members of projects';

/** Pull requests: operations of the forge for agents and the operator. */
export const pullOperations = {
  listPulls: op({
    name: 'listPulls',
    audiences: ['agent', 'operator'],
    method: 'GET',
    path: '/api/pulls',
    summary: 'Pull requests that the caller may read, those changed last first.',
    input: z.strictObject({
      owner: repoOwner.optional(),
      name: repoName.optional(),
      state: z.enum(PULL_STATES).default('open'),
      author: personName.optional(),
      /** Those that have it. */
      label: labelName.optional(),
      /** Only those with a smaller cursor, which an answer gave. */
      before: z.coerce.number<number | string>().int().positive().optional(),
      limit: z.coerce.number<number | string>().int().min(1).max(100).default(30),
    }),
    output: z.strictObject({
      pulls: z.array(pullView),
      /** The next page's `before`; null: there is none. */
      next: z.int().positive().nullable(),
    }),
    errors: ['rate_exceeded'],
    cost: 40,
    tool: {
      name: 'prs',
      description: 'Pull requests.',
      unlisted: ['author', 'label', 'before', 'limit'],
      for: MEMBERS,
    },
  }),
  openPull: op({
    name: 'openPull',
    audiences: ['agent', 'operator'],
    method: 'POST',
    path: '/api/repos/:owner/:name/pulls',
    summary: 'Ask for the merge of a branch into another one.',
    input: z.strictObject({
      ...repo,
      /** A branch; of another repository `OWNER/NAME:BRANCH`. */
      head: branchName,
      /** Default: the default branch. */
      base: branchName.optional(),
      title: pullTitle,
      body: pullText.default(''),
      draft: z.boolean().default(false),
      /** Who is asked for a review: they get mail. */
      reviewers: reviewers.default([]),
      labels: labelNames.default([]),
    }),
    output: z.strictObject({ pull: pullView }),
    errors: [
      'unknown_repo',
      'not_found',
      'forbidden',
      'duplicate_pull',
      'nothing_to_merge',
      'forge_quota',
      'contains_secret',
      'service_unavailable',
      'storage_unavailable',
      'rate_exceeded',
    ],
    cost: 400,
    tool: {
      name: 'open_pr',
      description: 'Ask to merge a pushed branch (head; of another repository OWNER/NAME:BRANCH).',
      unlisted: ['draft', 'labels'],
      for: MEMBERS,
    },
  }),
  describePull: op({
    name: 'describePull',
    audiences: ['agent', 'operator'],
    method: 'GET',
    path: '/api/repos/:owner/:name/pulls/:number',
    summary: 'A pull request: its conversation, commits and files, and whether it can be merged.',
    input: z.strictObject(pull),
    output: pullDescription,
    errors: ['unknown_repo', 'unknown_pull', 'service_unavailable', 'rate_exceeded'],
    cost: 150,
    tool: {
      name: 'pr',
      description: 'A pull request: reviews, commits, files, whether it can be merged.',
      for: MEMBERS,
    },
  }),
  diffPull: op({
    name: 'diffPull',
    audiences: ['agent', 'operator'],
    method: 'GET',
    path: '/api/repos/:owner/:name/pulls/:number/diff',
    summary: 'What a pull request changes since its branch left its base, as a unified diff; long ones by pages.',
    input: z.strictObject({
      ...pull,
      /** One file only. */
      path: z.string().min(1).max(4096).optional(),
      /** Characters to skip. */
      offset: z.coerce.number<number | string>().int().nonnegative().default(0),
      limit: z.coerce.number<number | string>().int().min(1_000).max(400_000).default(20_000),
    }),
    output: z.strictObject({
      commit: z.string(),
      text: z.string(),
      /** The next page's `offset`; null at the end. */
      next: z.int().positive().nullable(),
    }),
    errors: ['unknown_repo', 'unknown_pull', 'service_unavailable', 'rate_exceeded'],
    cost: 150,
    tool: { name: 'pr_diff', description: 'What a pull request changes.', unlisted: ['limit'], for: MEMBERS },
  }),
  reviewPull: op({
    name: 'reviewPull',
    audiences: ['agent', 'operator'],
    method: 'POST',
    path: '/api/repos/:owner/:name/pulls/:number/reviews',
    summary: 'Comment on a pull request, approve it, or request changes.',
    input: z.strictObject({
      ...pull,
      verdict: z.enum(VERDICTS),
      /** The commit that was read: a judgement of an older one than the newest is refused. */
      commit: commitId.optional(),
      body: pullText.default(''),
      /** A place in the head's files that a comment is about. */
      path: z.string().min(1).max(4096).optional(),
      line: z.int().positive().optional(),
      /** The id of a comment at a place: the answer is about that place. */
      replyTo: z.int().positive().optional(),
    }),
    output: z.strictObject({ entry: pullEntry }),
    errors: [
      'unknown_repo',
      'unknown_pull',
      'not_found',
      'forbidden',
      'pull_moved',
      'pull_ended',
      'forge_quota',
      'contains_secret',
      'service_unavailable',
      'storage_unavailable',
      'rate_exceeded',
    ],
    cost: 200,
    tool: {
      name: 'review_pr',
      description: 'Comment on a pull request or judge its commit, which you read.',
      unlisted: ['replyTo'],
      for: MEMBERS,
    },
  }),
  editPull: op({
    name: 'editPull',
    audiences: ['agent', 'operator'],
    method: 'PUT',
    path: '/api/repos/:owner/:name/pulls/:number',
    summary: 'Change title, text or base of a pull request; close it, open it again, mark it as a draft or as ready.',
    input: z.strictObject({
      ...pull,
      title: pullTitle.optional(),
      body: pullText.optional(),
      base: branchName.optional(),
      draft: z.boolean().optional(),
      /** Further ones to ask for a review. */
      reviewers: reviewers.default([]),
      /** For those who may push. Also of one that has ended. */
      addLabels: labelNames.default([]),
      removeLabels: labelNames.default([]),
      state: z.enum(['open', 'closed']).optional(),
    }),
    output: z.strictObject({ pull: pullView }),
    errors: [
      'unknown_repo',
      'unknown_pull',
      'not_found',
      'forbidden',
      'pull_ended',
      'duplicate_pull',
      'nothing_to_merge',
      'forge_quota',
      'contains_secret',
      'service_unavailable',
      'storage_unavailable',
      'rate_exceeded',
    ],
    cost: 200,
    tool: {
      name: 'edit_pr',
      description: 'Change or close a pull request.',
      for: MEMBERS,
    },
  }),
  mergePull: op({
    name: 'mergePull',
    audiences: ['agent', 'operator'],
    method: 'POST',
    path: '/api/repos/:owner/:name/pulls/:number/merge',
    summary:
      "Merge a pull request into its base, if the branch's rules allow it; where the base has a merge queue, put it there.",
    input: z.strictObject({
      ...pull,
      method: z.enum(MERGE_METHODS).default('merge'),
      /** The commit that is meant: another newest one is refused. */
      commit: commitId.optional(),
      /** Wait for missing reviews and checks, and merge then. A push ends that. */
      whenReady: z.boolean().default(false),
      /** Its place in a merge queue. Agents choose `normal` or `low`. */
      priority: priority.default('normal'),
    }),
    /** `queue`: null when it is merged. */
    output: z.strictObject({ pull: pullView, queue: queueEntryView.nullable() }),
    errors: [
      'unknown_repo',
      'unknown_pull',
      'forbidden',
      'not_mergeable',
      'pull_moved',
      'pull_ended',
      'forge_quota',
      'service_unavailable',
      'storage_unavailable',
      'rate_exceeded',
    ],
    cost: 800,
    tool: {
      name: 'merge_pr',
      description: 'Merge a pull request or queue it, if its reviews and rules allow it (whenReady: as soon as).',
      unlisted: ['priority'],
      for: MEMBERS,
    },
  }),
  listQueues: op({
    name: 'listQueues',
    audiences: ['agent', 'operator'],
    method: 'GET',
    path: '/api/repos/:owner/:name/queues',
    summary:
      'The merge queues of a repository: entries in order, what they wait for, and the checks that run for them.',
    input: z.strictObject({ ...repo, branch: branchName.optional() }),
    output: z.strictObject({ queues: z.array(queueView) }),
    errors: ['unknown_repo', 'service_unavailable', 'rate_exceeded'],
    cost: 60,
  }),
  leaveQueue: op({
    name: 'leaveQueue',
    audiences: ['agent', 'operator'],
    method: 'DELETE',
    path: '/api/repos/:owner/:name/pulls/:number/merge',
    summary: 'Take a pull request out of the merge queue.',
    input: z.strictObject(pull),
    output: z.strictObject({ pull: pullView }),
    errors: [
      'unknown_repo',
      'unknown_pull',
      'forbidden',
      'not_found',
      'pull_ended',
      'storage_unavailable',
      'rate_exceeded',
    ],
    cost: 100,
    tool: { name: 'unqueue_pr', description: 'Take a pull request out of the merge queue.', for: MEMBERS },
  }),
  ...pullMoves,
  ...labelOperations,
  listRules: op({
    name: 'listRules',
    audiences: ['agent', 'operator'],
    method: 'GET',
    path: '/api/repos/:owner/:name/rules',
    summary: "The rules of a repository's protected branches.",
    input: z.strictObject(repo),
    output: z.strictObject({ rules: z.array(branchRule) }),
    errors: ['unknown_repo', 'rate_exceeded'],
    cost: 40,
  }),
  setRule: op({
    name: 'setRule',
    audiences: ['operator'],
    method: 'PUT',
    path: '/api/repos/:owner/:name/rules',
    summary: 'Protect the branches that a pattern matches, or change their rule.',
    input: z.strictObject({ ...repo, ...branchRule.shape }),
    output: z.strictObject({ rules: z.array(branchRule) }),
    errors: ['unknown_repo', 'forge_quota', 'storage_unavailable'],
  }),
  removeRule: op({
    name: 'removeRule',
    audiences: ['operator'],
    method: 'DELETE',
    path: '/api/repos/:owner/:name/rules',
    summary: 'Remove the rule of a pattern.',
    input: z.strictObject({ ...repo, pattern: branchName }),
    output: z.strictObject({ rules: z.array(branchRule) }),
    errors: ['unknown_repo', 'not_found', 'storage_unavailable'],
  }),
} as const;

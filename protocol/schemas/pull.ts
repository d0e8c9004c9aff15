import * as z from 'zod';
import { agentName, epochMs, OPERATOR, repoName, repoOwner } from '../names.ts';
import { pullChecks } from './check.ts';
import { labelView } from './label.ts';
import type { MergeMethod } from './merge-method.ts';
import { queueEntryView } from './queue.ts';
import { commitView } from './repo.ts';
import { requiredStatus, STATUS_STATES } from './status.ts';

export const PULL_STATES = ['open', 'merged', 'closed'] as const;
export type PullState = (typeof PULL_STATES)[number];

/** What a review says. Only `approve` and `request_changes` are judgements. */
export const VERDICTS = ['approve', 'request_changes', 'comment'] as const;
export type Verdict = (typeof VERDICTS)[number];

/** How the commits of the base get into the head: by a merge, or under the head's commits, which are made anew. */
export const UPDATE_METHODS = ['merge', 'rebase'] as const satisfies readonly MergeMethod[];
export type UpdateMethod = (typeof UPDATE_METHODS)[number];

/** What an entry of a conversation says: a verdict, or something that happened. */
export const ENTRY_KINDS = [
  ...VERDICTS,
  'pushed',
  'base_changed',
  'closed',
  'reopened',
  'ready',
  'draft',
  'merged',
  'queued',
  'unqueued',
  'labeled',
  'unlabeled',
] as const;
export type EntryKind = (typeof ENTRY_KINDS)[number];

/** An agent, or the operator. */
export const personName = z.union([agentName, z.literal(OPERATOR)]);
export const pullNumber = z.coerce.number<number | string>().int().positive();
/** The full id of a commit. */
export const commitId = z
  .string()
  .regex(/^[0-9a-f]{40}$/, { error: 'a commit is named by its full id: 40 hexadecimal digits' });
export const branchName = z.string().min(1).max(255);
/** Characters of a title, and of a body or a comment. */
export const pullTitle = z
  .string()
  .trim()
  .min(1)
  .max(200)
  .regex(/^[^\p{Cc}]*$/u, { error: 'a title is one line of text' });
export const pullText = z.string().max(20_000);
export const reviewers = z.array(personName).max(20);

/** A pull request as lists show it. */
export const pullView = z.strictObject({
  owner: repoOwner,
  name: repoName,
  number: z.int().positive(),
  title: z.string(),
  author: z.string(),
  state: z.enum(PULL_STATES),
  draft: z.boolean(),
  base: z.string(),
  head: z.string(),
  /** The head's newest commit: what a review is about. */
  commit: z.string(),
  /** By name. */
  labels: z.array(labelView),
  openedAt: epochMs,
  updatedAt: epochMs,
  /** When it was merged or closed, by whom, and the commit that it became on its base. */
  endedAt: epochMs.nullable(),
  endedBy: z.string().nullable(),
  mergeCommit: z.string().nullable(),
});
export type PullView = z.infer<typeof pullView>;

export const pullEntry = z.strictObject({
  id: z.int().positive(),
  at: epochMs,
  by: z.string(),
  kind: z.enum(ENTRY_KINDS),
  body: z.string(),
  /** The commit that it is about. */
  commit: z.string(),
  path: z.string().nullable(),
  line: z.int().positive().nullable(),
  /** Where that line is in the newest commit; null: it names no line, or the line was changed since (`isOutdated`). */
  lineNow: z.int().positive().nullable(),
  isOutdated: z.boolean(),
  /** The entry of this conversation that it answers; it is about the same place. */
  replyTo: z.int().positive().nullable(),
  /** A judgement of an older commit, or of somebody who may not judge now: it counts for nothing. */
  stale: z.boolean(),
});
export type PullEntry = z.infer<typeof pullEntry>;

/** A file that a pull request changes. */
export const changedFile = z.strictObject({
  path: z.string(),
  /** Lines; null for a binary file. */
  added: z.int().nonnegative().nullable(),
  removed: z.int().nonnegative().nullable(),
});
export type ChangedFile = z.infer<typeof changedFile>;

/** A status of a pull request's newest commit. */
export const pullStatus = z.strictObject({
  context: z.string(),
  by: z.string(),
  /** `missing`: it is required, and nobody has said it. */
  state: z.enum([...STATUS_STATES, 'missing']),
  description: z.string(),
  url: z.string(),
  /** Whether the merge waits for it. */
  required: z.boolean(),
  /** Why the word of whom the rule names counts for nothing here; null: it counts, or is not required. */
  refusal: z.string().nullable(),
});
export type PullStatus = z.infer<typeof pullStatus>;

/** Whether it can be merged now, and if not, every reason, each with what to do. */
export const mergeState = z.strictObject({
  ready: z.boolean(),
  reasons: z.array(z.string()),
  /** Files that conflict with the base; at most 50. */
  conflicts: z.array(z.string()),
  /** Whose approval of the newest commit counts, and whose judgement is in the way. */
  approvedBy: z.array(z.string()),
  changesWantedBy: z.array(z.string()),
  approvalsNeeded: z.int().nonnegative(),
  checks: pullChecks,
  /** Statuses of its newest commit: first those that the rule of its base asks for, then others; at most 50. */
  statuses: z.array(pullStatus),
  /** Whether it is merged through the merge queue of its base. */
  hasQueue: z.boolean(),
});
export type MergeState = z.infer<typeof mergeState>;

export const pullDescription = z.strictObject({
  pull: pullView,
  body: z.string(),
  /** Who was asked for a review. */
  reviewers: z.array(z.string()),
  /** The newest of the conversation, oldest first; `entriesLeftOut` older ones. */
  entries: z.array(pullEntry),
  entriesLeftOut: z.int().nonnegative(),
  /** Its commits, the newest first, at most 50. */
  commits: z.array(commitView),
  /** At most 300. */
  files: z.array(changedFile),
  filesLeftOut: z.int().nonnegative(),
  /** Commits of the base that the head lacks, at most 1,000; null: the base or its commits are gone. */
  behind: z.int().nonnegative().nullable(),
  merge: mergeState,
  /** Its place in the merge queue; null: its merge was not asked for. */
  queue: queueEntryView.nullable(),
});
export type PullDescription = z.infer<typeof pullDescription>;

/** Who may move a protected branch without a pull request. Nobody may delete it or rewrite its history. */
export const DIRECT_PUSHES = ['nobody', 'merge'] as const;

/** Roles of agents, as in their specs. */
export const roleList = z.array(z.string().min(1).max(64)).max(5);

/** Statuses that a rule asks for. */
export const requiredStatuses = z.array(requiredStatus).max(10);

/** A rule for the branches that its pattern matches. */
export const branchRule = z.strictObject({
  /** A branch, or a pattern in which `*` stands for anything but "/" and `**` for anything. */
  pattern: branchName,
  /** Approvals that a pull request needs. */
  approvals: z.int().nonnegative().max(10),
  /** Who may push to it directly: nobody, or those who may merge. */
  direct: z.enum(DIRECT_PUSHES),
  /** Approvals count for a later commit, too, that makes the same change: after a rebase, or an update from the base. */
  keepOnRebase: z.boolean().default(false),
  /** Each changed path needs an approval of one of its owners, as .hive/CODEOWNERS at the base's commit names them. */
  owners: z.boolean().default(false),
  /** Roles of agents: among the approvals is one by an agent of each. */
  roles: roleList.default([]),
  /** Whether pull requests are merged through a merge queue alone. */
  queue: z.boolean().default(false),
  /** What systems outside, or agents, have to say about a pull request's newest commit, and who of them. */
  statuses: requiredStatuses.default([]),
});
export type BranchRule = z.infer<typeof branchRule>;

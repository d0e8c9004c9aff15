import * as z from 'zod';
import { HiveError } from '../../../protocol/errors.ts';
import type { MergeMethod } from '../../../protocol/schemas/merge-method.ts';
import {
  branchName,
  commitId,
  pullText,
  pullTitle,
  reviewers,
  UPDATE_METHODS,
} from '../../../protocol/schemas/pull.ts';
import { empty, json } from '../answer.ts';
import { readNumber, repoRoute, unsupported } from '../route.ts';
import { DRAFT_PREFIX } from '../shapes/pull.ts';
import { toUser } from '../shapes/user.ts';
import { labelIds, namesOf } from './labels.ts';
import { showPull } from './pulls.ts';

const write = { scope: 'write:repository', right: 'open_pull' } as const;
const absent = {
  milestone: unsupported('milestones'),
  assignee: unsupported('assignees'),
  assignees: unsupported('assignees'),
  due_date: unsupported('due dates'),
};

/** Gitea's clients mark a draft by its title alone. */
const DRAFT = /^(?:WIP:|\[WIP\])\s*/i;
const readTitle = (given: string) => ({ title: pullTitle.parse(given.replace(DRAFT, '')), draft: DRAFT.test(given) });
const anyTitle = z
  .string()
  .max(200 + DRAFT_PREFIX.length)
  .refine((text) => pullTitle.safeParse(text.replace(DRAFT, '')).success, {
    error: 'a title is one line of 1 to 200 characters',
  });

/** Gitea's names of the ways to merge. `rebase` moves the base forwards to the repeated commits, as here. */
const METHODS: Readonly<Record<string, MergeMethod>> = {
  merge: 'merge',
  squash: 'squash',
  rebase: 'rebase',
  'fast-forward-only': 'fast_forward',
};

/** Clients name a branch of a fork with its owner; the fork has the name of its origin, unless they name it, too. */
function readHead(head: string, { owner, name }: { owner: string; name: string }): string {
  const [, named, branch] = /^([^/:]+):(.+)$/.exec(head) ?? [];
  if (named === undefined || branch === undefined) return head;
  return named === owner ? branch : `${named}/${name}:${branch}`;
}

export const changePullRoutes = [
  repoRoute({
    ...write,
    method: 'POST',
    path: '/pulls',
    cost: 400,
    summary: 'Ask for the merge of a branch. A title with "WIP: " in front makes a draft.',
    body: z.object({
      head: branchName,
      base: branchName.optional(),
      title: anyTitle,
      body: pullText.default(''),
      reviewers: reviewers.default([]),
      labels: labelIds.default([]),
      team_reviewers: unsupported('teams'),
      ...absent,
    }),
    async handle(call) {
      const { backend, caller, repo, signal, body: wanted } = call;
      const { head, base, body, reviewers } = wanted;
      const branch = readHead(head, repo);
      const labels = await namesOf(call, wanted.labels);
      const opened = { ...repo, ...readTitle(wanted.title), head: branch, base, body, reviewers, labels, signal };
      const { number } = await backend.pulls.open(caller, opened);
      return json(await showPull(call, number), 201);
    },
  }),
  repoRoute({
    ...write,
    method: 'PATCH',
    path: '/pulls/:index',
    cost: 200,
    summary: 'Change title, text or base, close it or open it again: for its author, and whoever may push.',
    body: z.object({
      title: anyTitle.optional(),
      body: pullText.optional(),
      base: branchName.optional(),
      state: z.enum(['open', 'closed']).optional(),
      /** Those that it has afterwards. */
      labels: labelIds.optional(),
      ...absent,
    }),
    async handle(call) {
      const { backend, caller, repo, signal, params, body: wanted } = call;
      const number = readNumber(params);
      const { title, body, base, state } = wanted;
      const named = title === undefined ? { title: undefined, draft: undefined } : readTitle(title);
      const labels = wanted.labels === undefined ? {} : { all: await namesOf(call, wanted.labels) };
      const edit = { ...repo, number, ...named, body, base, state, labels, reviewers: [], signal };
      await backend.pulls.edit(caller, edit);
      return json(await showPull(call, number), 201);
    },
  }),
  repoRoute({
    ...write,
    right: 'merge',
    method: 'POST',
    path: '/pulls/:index/merge',
    cost: 800,
    summary:
      'Merge a pull request (`Do`: merge, squash, rebase, fast-forward-only), if its rules allow it: 200. Where the base has a merge queue, or with `merge_when_checks_succeed` until it may be merged, it waits: 201.',
    body: z.object({
      Do: z.enum(['merge', 'squash', 'rebase', 'fast-forward-only'], {
        error: 'Do is merge, squash, rebase or fast-forward-only',
      }),
      head_commit_id: commitId.optional(),
      delete_branch_after_merge: z.boolean().default(false),
      MergeCommitID: unsupported('merges by hand'),
      MergeTitleField: unsupported('other titles of merges'),
      MergeMessageField: unsupported('other messages of merges'),
      force_merge: unsupported('merges past the rules'),
      merge_when_checks_succeed: z.boolean().default(false),
    }),
    async handle({ backend, caller, repo, signal, params, body }) {
      const number = readNumber(params);
      const method = METHODS[body.Do] ?? 'merge';
      const { pull: merged, queue } = await backend.pulls.merge(caller, {
        ...repo,
        number,
        method,
        commit: body.head_commit_id,
        whenReady: body.merge_when_checks_succeed,
        priority: 'normal',
        signal,
      });
      // One that waits in the merge queue still needs its branch.
      if (body.delete_branch_after_merge && queue === null)
        await backend.deleteBranch(caller, { ...repo, branch: merged.head, signal }).catch((error: unknown) => {
          // It is merged: a branch that is protected or gone already does not undo that.
          if (!(error instanceof HiveError) || error.status >= 500) throw error;
        });
      return empty(queue === null ? 200 : 201);
    },
  }),
  repoRoute({
    ...write,
    method: 'DELETE',
    path: '/pulls/:index/merge',
    cost: 100,
    summary:
      'Take a pull request out of the merge queue: for its author, whoever asked for its merge, and whoever may merge.',
    async handle({ backend, caller, repo, params }) {
      await backend.pulls.leaveQueue(caller, { ...repo, number: readNumber(params) });
      return empty();
    },
  }),
  repoRoute({
    ...write,
    right: 'push',
    method: 'POST',
    path: '/pulls/:index/update',
    cost: 800,
    summary: 'Bring the commits of the base into the branch, with `style` merge or rebase. It is a push of the caller.',
    query: z.object({ style: z.enum(UPDATE_METHODS).default('merge') }),
    async handle({ backend, caller, repo, signal, params, query }) {
      const wish = { ...repo, number: readNumber(params), method: query.style, commit: undefined, signal };
      await backend.pulls.update(caller, wish);
      return empty(200);
    },
  }),
  repoRoute({
    ...write,
    method: 'POST',
    path: '/pulls/:index/requested_reviewers',
    cost: 200,
    summary: 'Ask for reviews: they get mail.',
    body: z.object({ reviewers: reviewers.min(1), team_reviewers: unsupported('teams') }),
    async handle({ backend, caller, base, repo, signal, params, body }) {
      const unchanged = { title: undefined, body: undefined, base: undefined, draft: undefined, state: undefined };
      const kept = { ...unchanged, labels: {} };
      const edit = { ...repo, ...kept, number: readNumber(params), reviewers: body.reviewers, signal };
      await backend.pulls.edit(caller, edit);
      return json(
        body.reviewers.map((name) => ({ state: 'REQUEST_REVIEW', user: toUser(name, base) })),
        201,
      );
    },
  }),
];

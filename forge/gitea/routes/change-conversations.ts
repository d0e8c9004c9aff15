import * as z from 'zod';
import { HiveError } from '../../../protocol/errors.ts';
import { commitId, pullText, type Verdict } from '../../../protocol/schemas/pull.ts';
import { json } from '../answer.ts';
import { readNumber, repoRoute, unsupported } from '../route.ts';
import { toComment, toReview } from '../shapes/pull.ts';
import { pullUrl } from './conversations.ts';

const VERDICTS: Readonly<Record<string, Verdict>> = {
  APPROVED: 'approve',
  REQUEST_CHANGES: 'request_changes',
  COMMENT: 'comment',
};

export const changeConversationRoutes = [
  repoRoute({
    method: 'POST',
    path: '/pulls/:index/reviews',
    scope: 'write:repository',
    right: 'review',
    cost: 300,
    summary: 'Judge a commit, or comment on lines. Each comment is an entry of the conversation, before the judgement.',
    body: z.object({
      event: z.enum(['APPROVED', 'REQUEST_CHANGES', 'COMMENT'], {
        error: 'event is APPROVED, REQUEST_CHANGES or COMMENT: nothing is kept for later',
      }),
      body: pullText.default(''),
      commit_id: commitId.optional(),
      comments: z
        .array(
          z.object({
            path: z.string().min(1).max(4096),
            body: pullText.min(1),
            new_position: z.int().positive().optional(),
            old_position: unsupported('comments on removed lines'),
          }),
        )
        .max(50)
        .default([]),
    }),
    async handle(call) {
      const { backend, caller, base, repo, signal, params, body: given } = call;
      const number = readNumber(params);
      const verdict = VERDICTS[given.event] ?? 'comment';
      const commit = given.commit_id;
      const review = { ...repo, number, commit, replyTo: undefined, signal };
      let last = null;
      for (const { path, body, new_position: line } of given.comments)
        last = await backend.pulls.review(caller, { ...review, verdict: 'comment', body, path, line });
      if (verdict !== 'comment' || given.body !== '' || last === null)
        last = await backend.pulls.review(caller, {
          ...review,
          verdict,
          body: given.body,
          path: undefined,
          line: undefined,
        });
      const entry = await backend.browsePulls.entry(caller, { ...repo, number, id: last.id, signal });
      return json(toReview(entry, { url: pullUrl(call, number), base }));
    },
  }),
  repoRoute({
    method: 'POST',
    path: '/issues/:index/comments',
    scope: 'write:issue',
    right: 'comment',
    cost: 200,
    summary: 'Comment on a pull request.',
    body: z.object({ body: pullText }),
    async handle(call) {
      const { backend, caller, base, repo, signal, params, body } = call;
      const number = readNumber(params);
      if (body.body.trim() === '') throw new HiveError('invalid_input', 'body: say something.');
      const comment = {
        verdict: 'comment',
        commit: undefined,
        path: undefined,
        line: undefined,
        replyTo: undefined,
      } as const;
      const entry = await backend.pulls.review(caller, { ...repo, number, ...comment, body: body.body, signal });
      return json(toComment(entry, { url: pullUrl(call, number), base }), 201);
    },
  }),
];

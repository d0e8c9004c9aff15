import { json, list } from '../answer.ts';
import { pagesOf, readNumber, type RepoCall, repoRoute } from '../route.ts';
import { toComment, toReview, toReviewComment } from '../shapes/pull.ts';

const read = { method: 'GET', scope: 'read:repository', right: 'look', cost: 60 } as const;

/** The address of a pull request for people. */
export function pullUrl({ base, repo }: RepoCall<unknown, unknown>, number: number): string {
  return `${pagesOf(base)}/${repo.owner}/${repo.name}/pulls/${number}`;
}

/** The id of a review or comment in a path: looked up within the pull request that the path names, never by itself. */
export function readId(text: string | undefined): number {
  return /^[1-9]\d{0,14}$/.test(text ?? '') ? Number(text) : 0;
}

export const conversationRoutes = [
  repoRoute({
    ...read,
    path: '/pulls/:index/reviews',
    summary: 'Judgements of a pull request and comments on its files, the oldest first.',
    async handle(call) {
      const { backend, caller, base, repo, signal, params, page } = call;
      const number = readNumber(params);
      const { skip, limit } = page;
      const wanted = { ...repo, number, plain: false, skip, limit, signal };
      const { entries, total } = await backend.browsePulls.said(caller, wanted);
      const url = pullUrl(call, number);
      return list(
        entries.map((entry) => toReview(entry, { url, base })),
        total,
      );
    },
  }),
  repoRoute({
    ...read,
    path: '/pulls/:index/reviews/:id',
    summary: 'One of them.',
    async handle(call) {
      const { backend, caller, base, repo, signal, params } = call;
      const number = readNumber(params);
      const entry = await backend.browsePulls.entry(caller, { ...repo, number, id: readId(params['id']), signal });
      return json(toReview(entry, { url: pullUrl(call, number), base }));
    },
  }),
  repoRoute({
    ...read,
    path: '/pulls/:index/reviews/:id/comments',
    summary: 'The comment on a file that a review is.',
    async handle(call) {
      const { backend, caller, base, repo, signal, params } = call;
      const number = readNumber(params);
      const entry = await backend.browsePulls.entry(caller, { ...repo, number, id: readId(params['id']), signal });
      const url = pullUrl(call, number);
      return json(entry.path === null ? [] : [toReviewComment(entry, { url, base })]);
    },
  }),
  repoRoute({
    ...read,
    scope: 'read:issue',
    path: '/issues/:index/comments',
    summary: 'Comments on a pull request as a whole, the oldest first.',
    async handle(call) {
      const { backend, caller, base, repo, signal, params, page } = call;
      const number = readNumber(params);
      const { skip, limit } = page;
      const wanted = { ...repo, number, plain: true, skip, limit, signal };
      const { entries, total } = await backend.browsePulls.said(caller, wanted);
      const url = pullUrl(call, number);
      return list(
        entries.map((entry) => toComment(entry, { url, base })),
        total,
      );
    },
  }),
];

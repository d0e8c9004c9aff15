import * as z from 'zod';
import { HiveError } from '../../../protocol/errors.ts';
import { MOST_LABELS_OF_PULL } from '../../../protocol/schemas/label.ts';
import { PULL_STATES, type PullState } from '../../../protocol/schemas/pull.ts';
import { json, list, listPage, text } from '../answer.ts';
import { readNumber, type RepoCall, repoRoute } from '../route.ts';
import { listCommits, toChangedFile } from '../shapes/commit.ts';
import { toPull } from '../shapes/pull.ts';
import { toRepository } from '../shapes/repository.ts';

const read = { method: 'GET', scope: 'read:repository', right: 'look', cost: 150 } as const;

const STATES: Record<'open' | 'closed' | 'all', readonly PullState[]> = {
  open: ['open'],
  closed: ['merged', 'closed'],
  all: PULL_STATES,
};
const SORTS = ['oldest', 'recentupdate', 'leastupdate', 'recentclose'] as const;

/** Ids that are given several times, or with commas. */
const idList = z
  .union([z.string(), z.array(z.string())])
  .default([])
  .transform((given) => [given].flat().flatMap((text) => text.split(',')))
  .pipe(z.array(z.coerce.number<string>().int().positive()).max(MOST_LABELS_OF_PULL));

/** The repository of a call, as pull requests show it. */
export function repositoryOf({ backend, caller, base, repo }: RepoCall<unknown, unknown>) {
  const found = backend.list(caller).find(({ owner, name }) => owner === repo.owner && name === repo.name);
  if (found === undefined) throw new HiveError('unknown_repo');
  return toRepository(found, { caller, base });
}

/** A pull request as an answer shows it. */
export async function showPull(call: RepoCall<unknown, unknown>, number: number) {
  const { backend, caller, base, repo, signal } = call;
  const detail = await backend.browsePulls.get(caller, { ...repo, number, signal });
  return toPull(detail, { base, repository: repositoryOf(call) });
}

export const pullRoutes = [
  repoRoute({
    ...read,
    path: '/pulls',
    cost: 300,
    summary: 'Pull requests, the newest first.',
    query: z.object({
      state: z.enum(['open', 'closed', 'all']).default('open'),
      sort: z.enum(SORTS).optional().catch(undefined),
      poster: z.string().optional(),
      base_branch: z.string().optional(),
      /** Ids; those that have all of them. */
      labels: idList,
    }),
    async handle(call) {
      const { backend, caller, base, repo, signal, query, page } = call;
      const { skip, limit } = page;
      const order = query.sort === undefined || query.sort === 'recentclose' ? 'newest' : query.sort;
      const chosen = {
        author: query.poster ?? null,
        base: query.base_branch ?? null,
        head: null,
        labels: query.labels,
      };
      const wanted = { ...repo, ...chosen, states: STATES[query.state], order, skip, limit, signal } as const;
      const { pulls, total } = await backend.browsePulls.page(caller, wanted);
      const repository = repositoryOf(call);
      return list(
        pulls.map((pull) => toPull(pull, { base, repository })),
        total,
      );
    },
  }),
  repoRoute({
    ...read,
    path: '/pulls/:index',
    summary: 'A pull request; with `.diff` or `.patch` behind its number, what it changes as text.',
    async handle(call) {
      const { backend, caller, repo, signal, params } = call;
      const [, index = '', form] = /^(.+?)(?:\.(diff|patch))?$/.exec(params['index'] ?? '') ?? [];
      const number = readNumber({ index });
      if (form === 'diff' || form === 'patch')
        return text(await backend.browsePulls.text(caller, { ...repo, number, form, signal }));
      return json(await showPull(call, number));
    },
  }),
  repoRoute({
    ...read,
    path: '/pulls/:index/:head',
    summary: 'The newest pull request of two branches: its base, then its head.',
    async handle(call) {
      const { backend, caller, base, repo, signal, params } = call;
      const chosen = { author: null, base: params['index'] ?? '', head: params['head'] ?? '', labels: [] };
      const page = { order: 'newest', skip: 0, limit: 1 } as const;
      const wanted = { ...repo, ...chosen, ...page, states: PULL_STATES, signal };
      const [found] = (await backend.browsePulls.page(caller, wanted)).pulls;
      if (found === undefined) throw new HiveError('unknown_pull', 'There is no pull request of these branches.');
      return json(toPull(found, { base, repository: repositoryOf(call) }));
    },
  }),
  repoRoute({
    ...read,
    path: '/pulls/:index/files',
    summary: 'The files that a pull request changes.',
    async handle({ backend, caller, base, repo, signal, params, page }) {
      const number = readNumber(params);
      const files = await backend.browsePulls.files(caller, { ...repo, number, signal });
      const { pull } = await backend.browsePulls.get(caller, { ...repo, number, signal });
      const where = { base, repo: `${repo.owner}/${repo.name}`, oid: pull.headOid };
      return listPage(
        files.map((one) => toChangedFile(one, where)),
        page,
      );
    },
  }),
  repoRoute({
    ...read,
    path: '/pulls/:index/commits',
    summary: 'The commits of a pull request, the newest first.',
    async handle({ backend, caller, base, repo, signal, params, page: { skip, limit } }) {
      const wanted = { ...repo, number: readNumber(params), skip, limit, signal };
      return listCommits(await backend.browsePulls.commits(caller, wanted), {
        base,
        repo: `${repo.owner}/${repo.name}`,
      });
    },
  }),
  repoRoute({
    ...read,
    path: '/pulls/:index/merge',
    cost: 40,
    summary: 'Whether a pull request is merged: 204 if so, else 404.',
    async handle({ backend, caller, repo, signal, params }) {
      const number = readNumber(params);
      const { pull } = await backend.browsePulls.get(caller, { ...repo, number, signal });
      if (pull.state !== 'merged') throw new HiveError('not_found', `Pull request #${number} is not merged.`);
      return { kind: 'empty', status: 204 };
    },
  }),
];

import { json, list } from '../answer.ts';
import { repoRoute } from '../route.ts';

const read = { method: 'GET', scope: 'read:repository', right: 'look', cost: 60 } as const;

/** Nobody can report the state of a commit to this forge, so there are none: an unknown commit is still not found. */
export const statusRoutes = [
  repoRoute({
    ...read,
    path: '/commits/:ref/statuses',
    summary: 'The reported states of a commit: none.',
    async handle({ backend, caller, repo, signal, params }) {
      await backend.browse.resolve(caller, { ...repo, ref: params['ref'], signal });
      return list([], 0);
    },
  }),
  repoRoute({
    ...read,
    path: '/commits/:ref/status',
    summary: 'The same in sum.',
    async handle({ backend, caller, repo, signal, params }) {
      const sha = await backend.browse.resolve(caller, { ...repo, ref: params['ref'], signal });
      return json({ sha, state: '', statuses: [], total_count: 0 });
    },
  }),
];

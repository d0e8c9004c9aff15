import { json, list } from '../answer.ts';
import { pagesOf, type RepoCall, repoRoute } from '../route.ts';
import { COMBINED, toStatuses } from '../shapes/status.ts';

const read = { method: 'GET', scope: 'read:repository', right: 'look', cost: 100 } as const;

/** What the checks of pull requests say about a commit. Nobody else reports states to this forge. */
async function statusesOf({ backend, caller, base, repo, signal, params }: RepoCall<unknown, unknown>) {
  const commit = await backend.browse.resolve(caller, { ...repo, ref: params['ref'], signal });
  const checked = await backend.browsePulls.checksOf(caller, { ...repo, commit, signal });
  if (checked === null) return { commit, state: '', statuses: [] };
  const url = `${pagesOf(base)}/${repo.owner}/${repo.name}/pulls/${checked.number}`;
  return { commit, state: COMBINED[checked.checks.state], statuses: toStatuses(checked.checks, url) };
}

export const statusRoutes = [
  repoRoute({
    ...read,
    path: '/commits/:ref/statuses',
    summary:
      'The checks of the pull request with this newest commit. One that was skipped is left out: it is not passed.',
    async handle(call) {
      const { statuses } = await statusesOf(call);
      const { skip, limit } = call.page;
      return list(statuses.slice(skip, skip + limit), statuses.length);
    },
  }),
  repoRoute({
    ...read,
    path: '/commits/:ref/status',
    summary: 'The same in sum: `success` only when every required check has passed on the newest base.',
    async handle(call) {
      const { commit, state, statuses } = await statusesOf(call);
      return json({ sha: commit, state, statuses, total_count: statuses.length });
    },
  }),
];

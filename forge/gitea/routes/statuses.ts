import * as z from 'zod';
import { HiveError } from '../../../protocol/errors.ts';
import { commitId } from '../../../protocol/schemas/pull.ts';
import { STATUS_STATES, statusContext, statusText, statusUrl } from '../../../protocol/schemas/status.ts';
import { json, listPage } from '../answer.ts';
import { pagesOf, type RepoCall, repoRoute } from '../route.ts';
import { combine, toCheckStatuses, toStatus } from '../shapes/status.ts';

const read = { method: 'GET', scope: 'read:repository', right: 'look', cost: 100 } as const;

/** What the checks of pull requests say about a commit, and what others do. */
async function statusesOf(call: RepoCall<unknown, unknown>) {
  const { backend, caller, base, repo, signal, params } = call;
  const ref = params['ref'] ?? params['sha'];
  const head = await backend.statuses.findHead(caller, { ...repo, ref });
  const commit = head ?? (await backend.browse.resolve(caller, { ...repo, ref, signal }));
  const checked = await backend.browsePulls.checksOf(caller, { ...repo, commit, signal });
  const said = await backend.statuses.list(caller, { ...repo, commit });
  const page = `${pagesOf(base)}/${repo.owner}/${repo.name}/pulls/${checked?.number ?? ''}`;
  return {
    commit,
    state: combine(checked?.checks.state ?? null, said),
    statuses: [
      ...(checked === null ? [] : toCheckStatuses(checked.checks, page)),
      ...said.map((one) => toStatus(one, { base, url: statusUrlOf(call, commit) })),
    ],
  };
}

function statusUrlOf({ base, repo }: RepoCall<unknown, unknown>, commit: string): string {
  return `${base}/api/v1/repos/${repo.owner}/${repo.name}/statuses/${commit}`;
}

async function listStatuses(call: RepoCall<unknown, unknown>) {
  return listPage((await statusesOf(call)).statuses, call.page);
}

export const statusRoutes = [
  repoRoute({
    ...read,
    path: '/commits/:ref/statuses',
    summary:
      'The checks of the pull request with this newest commit (one that was skipped is left out: it is not passed), and the statuses that others set, the newest of each first.',
    handle: listStatuses,
  }),
  repoRoute({
    ...read,
    path: '/commits/:ref/status',
    summary:
      'The same in sum: `success` only when every required check has passed on the newest base, and every status is `success`. Whether a pull request may be merged, its merge says.',
    async handle(call) {
      const { commit, state, statuses } = await statusesOf(call);
      return json({ sha: commit, state, statuses, total_count: statuses.length });
    },
  }),
  repoRoute({
    ...read,
    path: '/statuses/:sha',
    summary: 'The same as for `/commits/:ref/statuses`.',
    handle: listStatuses,
  }),
  repoRoute({
    method: 'POST',
    path: '/statuses/:sha',
    scope: 'write:repository',
    right: 'set_status',
    cost: 200,
    summary:
      'Say something about a commit, by its full id, in a context. It replaces what the caller said there before. A merge counts it only where the rule of the branch names the context and its setter.',
    body: z.object({
      context: statusContext.default('default'),
      state: z.enum(STATUS_STATES, { error: `state is one of ${STATUS_STATES.join(', ')}` }),
      description: statusText.nullish(),
      target_url: statusUrl.nullish(),
    }),
    async handle(call) {
      const { backend, caller, base, repo, signal, params, body } = call;
      const commit = commitId.safeParse(params['sha']);
      if (!commit.success)
        throw new HiveError('invalid_input', 'A status is about one commit: name it by its full id.');
      const wish = { context: body.context, state: body.state, description: body.description ?? '' };
      const said = { ...wish, url: body.target_url ?? '', commit: commit.data };
      const status = await backend.statuses.set(caller, { ...repo, ...said, signal });
      return json(toStatus(status, { base, url: statusUrlOf(call, commit.data) }), 201);
    },
  }),
];

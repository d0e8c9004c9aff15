import * as z from 'zod';
import { HiveError } from '../../../protocol/errors.ts';
import { json, text } from '../answer.ts';
import { repoRoute } from '../route.ts';
import { listCommits, toChangedFile, toCommit, toStats } from '../shapes/commit.ts';

const read = { method: 'GET', scope: 'read:repository', right: 'look', cost: 100 } as const;

export const commitRoutes = [
  repoRoute({
    ...read,
    path: '/commits',
    summary: 'Commits of a branch, tag or commit (`sha`), of one file with `path`, the newest first.',
    query: z.object({ sha: z.string().min(1).max(255).optional(), path: z.string().max(4096).optional() }),
    async handle({ backend, caller, base, repo, signal, query, page: { skip, limit } }) {
      const file = query.path === '' ? undefined : query.path;
      const wanted = { ...repo, ref: query.sha, file, skip, limit, signal };
      return listCommits(await backend.browse.commits(caller, wanted), { base, repo: `${repo.owner}/${repo.name}` });
    },
  }),
  repoRoute({
    ...read,
    path: '/git/commits/:sha',
    summary: 'A commit with its changed files; with `.diff` or `.patch` at the end, as text.',
    async handle({ backend, caller, base, repo, signal, params }) {
      const [, ref = '', form] = /^(.+?)(?:\.(diff|patch))?$/.exec(params['sha'] ?? '') ?? [];
      if (form === 'diff' || form === 'patch')
        return text(await backend.browse.commitText(caller, { ...repo, ref, form, signal }));
      const commit = await backend.browse.commit(caller, { ...repo, ref, signal });
      return json({ ...toCommit(commit, { base, repo: `${repo.owner}/${repo.name}` }), ...toStats(commit.files) });
    },
  }),
  repoRoute({
    ...read,
    path: '/compare/*',
    summary: 'The commits and files that `BASE...HEAD` adds to where both parted.',
    async handle({ backend, caller, base, repo, signal, params, page: { skip, limit } }) {
      const [, from, to] = /^(.+?)\.{2,3}(.+)$/.exec(params['*'] ?? '') ?? [];
      if (from === undefined || to === undefined) throw new HiveError('invalid_input', 'Compare BASE...HEAD.');
      const found = await backend.browse.compare(caller, { ...repo, base: from, head: to, skip, limit, signal });
      const where = { base, repo: `${repo.owner}/${repo.name}` };
      return json({
        total_commits: found.total,
        commits: found.commits.map((commit) => toCommit(commit, where)),
        files: found.files.map((one) => toChangedFile(one, { ...where, oid: to })),
      });
    },
  }),
];

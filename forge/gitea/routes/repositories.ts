import { HiveError } from '../../../protocol/errors.ts';
import { json, list, listPage } from '../answer.ts';
import { repoRoute } from '../route.ts';
import { toBranch } from '../shapes/branch.ts';
import { toTag } from '../shapes/commit.ts';
import { toRepository } from '../shapes/repository.ts';
import { toProtection } from '../shapes/rule.ts';

const read = { method: 'GET', scope: 'read:repository', right: 'look' } as const;

export const repositoryRoutes = [
  repoRoute({
    ...read,
    path: '',
    cost: 40,
    summary: 'A repository, with what the caller may do in it.',
    handle({ backend, caller, base, repo }) {
      const found = backend.list(caller).find(({ owner, name }) => owner === repo.owner && name === repo.name);
      if (found === undefined) throw new HiveError('unknown_repo');
      return json(toRepository(found, { caller, base }));
    },
  }),
  repoRoute({
    ...read,
    path: '/branches',
    cost: 60,
    summary: 'Branches with their newest commits, by name.',
    async handle({ backend, caller, base, repo, signal, page: { skip, limit } }) {
      const { branches, total } = await backend.browse.branches(caller, { ...repo, skip, limit, signal });
      const where = { base, repo: `${repo.owner}/${repo.name}` };
      return list(
        branches.map((branch) => toBranch(branch, where)),
        total,
      );
    },
  }),
  repoRoute({
    ...read,
    path: '/branches/*',
    cost: 60,
    summary: 'A branch with its newest commit, and whether it is protected.',
    async handle({ backend, caller, base, repo, signal, params }) {
      const found = await backend.browse.branch(caller, { ...repo, branch: params['*'] ?? '', signal });
      return json(toBranch(found, { base, repo: `${repo.owner}/${repo.name}` }));
    },
  }),
  repoRoute({
    ...read,
    path: '/tags',
    cost: 100,
    summary: 'Tags with their commits, by name.',
    async handle({ backend, caller, base, repo, signal, page: { skip, limit } }) {
      const { tags, total } = await backend.browse.tags(caller, { ...repo, skip, limit, signal });
      const where = { base, repo: `${repo.owner}/${repo.name}` };
      return list(
        tags.map((tag) => toTag(tag, where)),
        total,
      );
    },
  }),
  repoRoute({
    ...read,
    path: '/branch_protections',
    cost: 40,
    summary: 'The rules of protected branches that the operator set. hivectl changes them.',
    async handle({ backend, caller, repo, page }) {
      return listPage((await backend.pulls.listRules(caller, repo)).map(toProtection), page);
    },
  }),
  repoRoute({
    ...read,
    path: '/branch_protections/*',
    cost: 40,
    summary: 'The rule of one pattern.',
    async handle({ backend, caller, repo, params }) {
      const rules = await backend.pulls.listRules(caller, repo);
      const found = rules.find(({ pattern }) => pattern === params['*']);
      if (found === undefined) throw new HiveError('not_found', `There is no rule for "${params['*']}".`);
      return json(toProtection(found));
    },
  }),
];

import * as z from 'zod';
import { HiveError } from '../../../protocol/errors.ts';
import { branchName } from '../../../protocol/schemas/pull.ts';
import { empty, json } from '../answer.ts';
import { type Call, readRepoPath, repoRoute, route, unsupported } from '../route.ts';
import { nameOf } from './identity.ts';
import { toBranch } from '../shapes/branch.ts';
import { toRepository } from '../shapes/repository.ts';

const newRepository = z.object({
  name: z.string(),
  description: z.string().max(500).default(''),
  auto_init: unsupported('first commits of its own'),
  gitignores: unsupported('templates'),
  license: unsupported('templates'),
  template: unsupported('templates'),
});

async function create(call: Call<unknown, z.output<typeof newRepository>>, owner: string) {
  const { backend, caller, base, body, signal } = call;
  const path = readRepoPath(owner, body.name);
  const made = await backend.create(caller, { ...path, description: body.description, signal });
  return json(toRepository(made, { caller, base }), 201);
}

const write = { scope: 'write:repository', right: 'push' } as const;

export const changeRepositoryRoutes = [
  route({
    method: 'POST',
    path: '/user/repos',
    scope: 'write:repository',
    right: 'caller',
    cost: 200,
    summary: 'Make an empty repository of the caller.',
    body: newRepository,
    handle: (call) => create(call, nameOf(call.caller)),
  }),
  route({
    method: 'POST',
    path: '/orgs/:owner/repos',
    scope: 'write:repository',
    right: 'caller',
    cost: 200,
    summary: 'Make an empty repository of a project in which the caller may push.',
    body: newRepository,
    handle: (call) => create(call, call.params['owner'] ?? ''),
  }),
  repoRoute({
    method: 'POST',
    path: '/forks',
    scope: 'write:repository',
    right: 'fetch',
    cost: 800,
    summary: 'Copy the branches and tags of a repository to the caller, or to a project (`organization`).',
    body: z.object({ organization: z.string().optional(), name: z.string().optional() }),
    async handle({ backend, caller, base, repo, signal, body: { organization, name = repo.name } }) {
      const to = readRepoPath(organization ?? nameOf(caller), name);
      const made = await backend.fork(caller, { ...repo, to, signal });
      return json(toRepository(made, { caller, base }), 202);
    },
  }),
  repoRoute({
    ...write,
    method: 'POST',
    path: '/branches',
    cost: 200,
    summary: 'Make a branch (`new_branch_name`) at a branch, tag or commit (`old_ref_name`).',
    body: z.object({
      new_branch_name: branchName,
      old_ref_name: branchName.optional(),
      old_branch_name: branchName.optional(),
    }),
    async handle({ backend, caller, base, repo, signal, body }) {
      const { new_branch_name: branch, old_ref_name: ref, old_branch_name: old } = body;
      await backend.createBranch(caller, { ...repo, branch, from: ref ?? old, signal });
      const made = await backend.browse.branch(caller, { ...repo, branch, signal });
      return json(toBranch(made, { base, repo: `${repo.owner}/${repo.name}` }), 201);
    },
  }),
  repoRoute({
    ...write,
    method: 'DELETE',
    path: '/branches/*',
    cost: 200,
    summary: 'Delete a branch that no rule protects.',
    async handle({ backend, caller, repo, signal, params }) {
      const branch = params['*'] ?? '';
      if (branch === '') throw new HiveError('not_found', 'Name a branch.');
      await backend.deleteBranch(caller, { ...repo, branch, signal });
      return empty();
    },
  }),
];

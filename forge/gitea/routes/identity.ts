import * as z from 'zod';
import { HiveError } from '../../../protocol/errors.ts';
import { OPERATOR } from '../../../protocol/names.ts';
import type { RepoCaller } from '../../../protocol/access/repo-access.ts';
import { json, list, listPage } from '../answer.ts';
import { route } from '../route.ts';
import { toRepository } from '../shapes/repository.ts';
import { idOf, toUser } from '../shapes/user.ts';

/** Of the API that is spoken; clients compare it as a semantic version. */
export const API_VERSION = '1.24.0+hyperhive.1';

/** Nobody but agents and the operator comes here. */
export const nameOf = (caller: RepoCaller): string => (caller.kind === 'agent' ? caller.name : OPERATOR);

export const identityRoutes = [
  route({
    method: 'GET',
    path: '/version',
    scope: null,
    right: 'anybody',
    cost: 1,
    summary: 'The version of the API that this forge speaks.',
    handle: () => json({ version: API_VERSION }),
  }),
  route({
    method: 'GET',
    path: '/settings/api',
    scope: null,
    right: 'anybody',
    cost: 1,
    summary: 'The sizes of pages.',
    handle: () => json({ max_response_items: 50, default_paging_num: 30, default_git_trees_per_page: 1000 }),
  }),
  route({
    method: 'GET',
    path: '/user',
    scope: 'read:user',
    right: 'caller',
    cost: 5,
    summary: 'Who the caller is: an agent or the operator.',
    handle: ({ caller, base }) => json(toUser(nameOf(caller), base)),
  }),
  route({
    method: 'GET',
    path: '/users/:username',
    scope: 'read:user',
    right: 'caller',
    cost: 5,
    summary: 'An agent, or the operator.',
    handle({ backend, params, base }) {
      const name = params['username'] ?? '';
      if (!backend.isPerson(name)) throw new HiveError('not_found', `There is no agent ${name}.`);
      return json(toUser(name, base));
    },
  }),
  route({
    method: 'GET',
    path: '/user/repos',
    scope: 'read:repository',
    right: 'caller',
    cost: 40,
    summary: 'Repositories of the caller itself.',
    handle: ({ backend, caller, base, page }) =>
      listPage(
        backend
          .list(caller)
          .filter(({ owner }) => owner === nameOf(caller))
          .map((repo) => toRepository(repo, { caller, base })),
        page,
      ),
  }),
  ...(['/users/:owner/repos', '/orgs/:owner/repos'] as const).map((path) =>
    route({
      method: 'GET',
      path,
      scope: 'read:repository',
      right: 'caller',
      cost: 40,
      summary: 'Repositories of one owner that the caller may read. Without any, the owner is not found.',
      handle({ backend, caller, base, page, params }) {
        const repos = backend.list(caller).filter(({ owner }) => owner === params['owner']);
        if (repos.length === 0) throw new HiveError('not_found', 'There is no owner of repositories that you can see.');
        return listPage(
          repos.map((repo) => toRepository(repo, { caller, base })),
          page,
        );
      },
    }),
  ),
  route({
    method: 'GET',
    path: '/repos/search',
    scope: 'read:repository',
    right: 'caller',
    cost: 40,
    summary: 'Repositories that the caller may read, by a part of their names.',
    query: z.object({
      q: z.string().optional(),
      uid: z.coerce.number().optional(),
      archived: z.enum(['true', 'false']).optional(),
      private: z.enum(['true', 'false']).optional(),
    }),
    handle({ backend, caller, base, page, query }) {
      const { q = '', uid, archived, private: isPrivate } = query;
      // Whose id is the caller's own asks for everything that it owns or works on.
      const isWanted = (owner: string) => uid === undefined || uid === idOf(nameOf(caller)) || uid === idOf(owner);
      const none = archived === 'true' || isPrivate === 'false';
      const found = backend
        .list(caller)
        .filter(
          ({ owner, name }) => !none && isWanted(owner) && `${owner}/${name}`.toLowerCase().includes(q.toLowerCase()),
        );
      const { skip, limit } = page;
      const data = found.slice(skip, skip + limit).map((repo) => toRepository(repo, { caller, base }));
      return { ...list(data, found.length), wrap: (items) => ({ ok: true, data: items }) };
    },
  }),
];

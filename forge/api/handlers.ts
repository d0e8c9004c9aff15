import type { RepoCaller } from '../../protocol/access/repo-access.ts';
import { OPERATOR } from '../../protocol/names.ts';
import type { Surface } from '../../protocol/op.ts';
import type { forgeOperations } from '../../protocol/operations/services.ts';
import type { Handlers } from '../../wire/routes.ts';
import type { Backend } from '../backend/backend.ts';
import { createCheckHandlers } from './check-handlers.ts';
import { createMirrorHandlers } from './mirror-handlers.ts';
import { createReaderHandlers } from './reader-handlers.ts';
import { createPullHandlers } from './pull-handlers.ts';
import { createWebhookHandlers } from './webhook-handlers.ts';
import { createUpkeepHandlers } from './upkeep-handlers.ts';

type ForgeHandlers = Handlers<typeof forgeOperations, RepoCaller>;

/**
 * Handlers of all operations, for any caller: the backend does the work and checks the rights, a line here shapes the
 * answer.
 */
export function createHandlers(backend: Backend): ForgeHandlers {
  return {
    listRepos: (_input, { caller }) => ({ repos: backend.list(caller) }),
    describeRepo: ({ owner, name, branch }, { caller, signal }) =>
      backend.describe(caller, { owner, name, branch, signal }),
    createRepo: async (input, { caller, signal }) => ({
      repo: await backend.create(caller, { ...input, owner: input.owner ?? ownNamespace(caller), signal }),
    }),
    forkRepo: async ({ owner, name, toOwner, toName }, { caller, signal }) => ({
      repo: await backend.fork(caller, {
        owner,
        name,
        to: { owner: toOwner ?? ownNamespace(caller), name: toName ?? name },
        signal,
      }),
    }),
    removeRepo: async ({ owner, name, purge }, { caller, signal }) => ({
      owner,
      name,
      kept: await backend.remove(caller, { owner, name, purge, signal }),
    }),
    setDefaultBranch: async (input, { caller, signal }) => ({
      repo: await backend.setDefaultBranch(caller, { ...input, signal }),
    }),
    listRemovedRepos: async (_input, { caller }) => ({ repos: await backend.listRemoved(caller) }),
    pruneRepo: async (repo, { caller, signal }) => ({ ...repo, ...(await backend.prune(caller, { ...repo, signal })) }),
    ...createReaderHandlers(backend.reader),
    ...createPullHandlers(backend.pulls),
    ...createCheckHandlers(backend.checks),
    setStatus: async (wish, { caller, signal }) => ({
      status: await backend.statuses.set(caller, { ...wish, signal }),
    }),
    listStatuses: async (wanted, { caller }) => ({ statuses: await backend.statuses.list(caller, wanted) }),
    ...createUpkeepHandlers(backend.upkeep),
    ...createMirrorHandlers(backend.mirrors),
    ...createWebhookHandlers(backend.webhooks),
    createForgeToken: ({ repositories = null, ...wanted }, { caller }) =>
      backend.tokens.create(caller, { ...wanted, repositories }),
    listForgeTokens: (_input, { caller }) => ({ tokens: backend.tokens.list(caller) }),
    removeForgeToken: ({ name }, { caller }) => ({ token: backend.tokens.remove(caller, name) }),
    writeDeclared: (declared, { signal }) => backend.writeDeclared({ ...declared, signal }),
    listFacts: async (input, { signal }) => ({ facts: await backend.readFacts({ ...input, signal }) }),
  };
}

/** The handlers of one surface's operations. */
export function handlersFor<S extends Surface>(
  surface: S,
  handlers: ForgeHandlers,
): Pick<ForgeHandlers, keyof S & keyof ForgeHandlers> {
  const names = Object.keys(handlers).filter((name) => Object.hasOwn(surface, name)) as (keyof S &
    keyof ForgeHandlers)[];
  return Object.fromEntries(names.map((name) => [name, handlers[name]])) as Pick<
    ForgeHandlers,
    keyof S & keyof ForgeHandlers
  >;
}

function ownNamespace(caller: RepoCaller) {
  return caller.kind === 'agent' ? caller.name : OPERATOR;
}

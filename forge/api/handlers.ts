import type { RepoCaller } from '../../protocol/access/repo-access.ts';
import type { forgeAgentSurface, forgeSurface } from '../../protocol/operations/services.ts';
import type { Handlers } from '../../wire/routes.ts';
import type { Backend } from '../backend/backend.ts';

export type AgentCaller = Extract<RepoCaller, { kind: 'agent' }>;

/** What answers an agent's operations: each line shapes an answer of the backend's. */
export function agentHandlers(backend: Backend): Handlers<typeof forgeAgentSurface, AgentCaller> {
  return {
    listRepos: (_input, { caller }) => ({ repos: backend.list(caller) }),
    createOwnRepo: async (input, { caller }) => ({
      repo: await backend.create(caller, { ...input, owner: caller.name }),
    }),
  };
}

/** What answers hived, the dashboard and hivectl. */
export function operatorHandlers(backend: Backend): Handlers<typeof forgeSurface, RepoCaller> {
  return {
    listRepos: (_input, { caller }) => ({ repos: backend.list(caller) }),
    createRepo: async (input, { caller }) => ({ repo: await backend.create(caller, input) }),
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
    listFacts: async (input, { signal }) => ({ facts: await backend.readFacts({ ...input, signal }) }),
  };
}

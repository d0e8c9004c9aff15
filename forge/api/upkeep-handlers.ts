import type { RepoCaller } from '../../protocol/access/repo-access.ts';
import type { upkeepOperations } from '../../protocol/operations/upkeep.ts';
import type { Handlers } from '../../wire/routes.ts';
import type { UpkeepBackend } from '../backend/upkeep.ts';

/** Handlers of the operations about the upkeep of repositories. */
export function createUpkeepHandlers(upkeep: UpkeepBackend): Handlers<typeof upkeepOperations, RepoCaller> {
  return {
    listMaintenance: (_input, { caller }) => ({ repos: upkeep.list(caller) }),
    fsckRepo: async (repo, { caller, signal }) => ({ repo: await upkeep.fsck(caller, { ...repo, signal }) }),
    listStrays: async (_input, { caller }) => ({ strays: await upkeep.strays(caller) }),
    maintainRepo: async (repo, { caller, signal }) => ({ repo: await upkeep.maintain(caller, { ...repo, signal }) }),
  };
}

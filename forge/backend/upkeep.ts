import type { RepoCaller } from '../../protocol/access/repo-access.ts';
import { HiveError } from '../../protocol/errors.ts';
import type { UpkeepView } from '../../protocol/schemas/upkeep.ts';
import type { ForgeCore } from '../repositories/forge-core.ts';
import { viewUpkeep } from '../store/upkeep.ts';
import { maintainRepository } from '../upkeep/maintain-repository.ts';
import { judge, openRepository, type RepoPath } from './open-repository.ts';

type Wanted = RepoPath & { readonly signal: AbortSignal };

/** The upkeep of repositories, for the operator. Errors: `unknown_repo`, `forbidden`, `service_unavailable`. */
export interface UpkeepBackend {
  list(caller: RepoCaller): UpkeepView[];
  /** Does it now, and resolves with what was done. */
  maintain(caller: RepoCaller, wanted: Wanted): Promise<UpkeepView>;
}

export function createUpkeepBackend(core: ForgeCore, finish: <T>(work: Promise<T>) => Promise<T>): UpkeepBackend {
  return {
    list: (caller) =>
      viewUpkeep(core.db).filter((repo) => judge(core, { caller, action: 'maintain', ...repo }).kind === 'allowed'),
    maintain: (caller, wanted) => finish(maintain(core, caller, wanted)),
  };
}

async function maintain(core: ForgeCore, caller: RepoCaller, { owner, name, signal }: Wanted): Promise<UpkeepView> {
  const { id } = await openRepository(core, { caller, action: 'maintain', owner, name });
  await maintainRepository(core, id, { asked: true, signal });
  const [view] = viewUpkeep(core.db, id);
  if (view === undefined) throw new HiveError('unknown_repo');
  return view;
}

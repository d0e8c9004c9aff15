import type { RepoCaller } from '../../protocol/access/repo-access.ts';
import { HiveError } from '../../protocol/errors.ts';
import type { FsckView, StrayView } from '../../protocol/schemas/fsck.ts';
import type { UpkeepView } from '../../protocol/schemas/upkeep.ts';
import type { ForgeCore } from '../repositories/forge-core.ts';
import { findRepository } from '../store/repositories.ts';
import { viewUpkeep } from '../store/upkeep.ts';
import { fsckRepository } from '../upkeep/fsck/fsck-repository.ts';
import { listStrays } from '../upkeep/fsck/list-strays.ts';
import { maintainRepository } from '../upkeep/maintain-repository.ts';
import { assertAllowed, judge, openRepository, type RepoPath } from './open-repository.ts';

type Wanted = RepoPath & { readonly signal: AbortSignal };

/** The upkeep of repositories, for the operator. Errors: `unknown_repo`, `forbidden`, `service_unavailable`. */
export interface UpkeepBackend {
  list(caller: RepoCaller): UpkeepView[];
  /** Does it now, and resolves with what was done. */
  maintain(caller: RepoCaller, wanted: Wanted): Promise<UpkeepView>;
  /** Checks it, and resolves with what is wrong. */
  fsck(caller: RepoCaller, wanted: Wanted): Promise<FsckView>;
  /** Files among the repositories that belong to none. */
  strays(caller: RepoCaller): Promise<StrayView[]>;
}

export function createUpkeepBackend(core: ForgeCore, finish: <T>(work: Promise<T>) => Promise<T>): UpkeepBackend {
  return {
    list: (caller) =>
      viewUpkeep(core.db).filter((repo) => judge(core, { caller, action: 'maintain', ...repo }).kind === 'allowed'),
    maintain: (caller, wanted) => finish(maintain(core, caller, wanted)),
    fsck: (caller, wanted) => finish(check(core, caller, wanted)),
    strays: async (caller) => (caller.kind === 'operator' ? finish(listStrays(core)) : []),
  };
}

async function maintain(core: ForgeCore, caller: RepoCaller, { owner, name, signal }: Wanted): Promise<UpkeepView> {
  const { id } = await openRepository(core, { caller, action: 'maintain', owner, name });
  await maintainRepository(core, id, { asked: true, signal });
  const [view] = viewUpkeep(core.db, id);
  if (view === undefined) throw new HiveError('unknown_repo');
  return view;
}

/** Also one whose directory is gone: that is a finding. */
async function check(core: ForgeCore, caller: RepoCaller, { owner, name, signal }: Wanted): Promise<FsckView> {
  assertAllowed(core, { caller, action: 'maintain', owner, name });
  const found = findRepository(core.db, owner, name);
  if (found === null) throw new HiveError('unknown_repo');
  return fsckRepository(core, found.id, { tells: false, signal });
}

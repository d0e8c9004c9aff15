import type { RepoCaller } from '../../protocol/access/repo-access.ts';
import type { CommitStatus } from '../../protocol/schemas/status.ts';
import type { ForgeCore } from '../repositories/forge-core.ts';
import { findHead, listStatuses, setStatus, type StatusWish } from '../statuses/set-status.ts';
import type { RepoPath } from './open-repository.ts';

/** What systems outside, or agents, say about commits. Errors as those of the backend. */
export interface StatusBackend {
  set(caller: RepoCaller, wish: StatusWish): Promise<CommitStatus>;
  /** The commit, if it is the newest one of a pull request; else null. */
  findHead(caller: RepoCaller, wanted: RepoPath & { ref: string | undefined }): Promise<string | null>;
  list(caller: RepoCaller, wanted: RepoPath & { commit: string }): Promise<CommitStatus[]>;
}

export function createStatusBackend(core: ForgeCore, finish: <T>(work: Promise<T>) => Promise<T>): StatusBackend {
  return {
    set: (caller, wish) => finish(setStatus(core, caller, wish)),
    findHead: (caller, wanted) => finish(findHead(core, caller, wanted)),
    list: (caller, wanted) => finish(listStatuses(core, caller, wanted)),
  };
}

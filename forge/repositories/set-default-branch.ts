import { HiveError } from '../../protocol/errors.ts';
import type { RepoName, RepoOwner } from '../../protocol/names.ts';
import { assertBranch, readRefs, setHead } from '../git/look.ts';
import { findRepository, getRepository, storeSummary } from '../store/repositories.ts';
import type { ForgeCore } from './forge-core.ts';
import { isRepositoryThere } from './places.ts';
import { summarizeBranch } from './record-refs.ts';
import { waitForEarlierPushes } from './hold-repository.ts';

export interface BranchChoice {
  readonly owner: RepoOwner;
  readonly name: RepoName;
  readonly branch: string;
  readonly by: string;
}

/**
 * Points HEAD at an existing branch, between pushes, and returns the repository's id. An unchanged default records no
 * fact. Throws `unknown_repo`, `not_found` with the existing branches, `service_unavailable`.
 */
export async function setDefaultBranch(core: ForgeCore, choice: BranchChoice, signal: AbortSignal): Promise<number> {
  const { db, git, places } = core;
  const { owner, name, branch, by } = choice;
  const found = findRepository(db, owner, name);
  if (found === null || !(await isRepositoryThere(places, found))) throw new HiveError('unknown_repo');
  const release = await core.pushLocks.take(String(found.id), signal);
  try {
    for (;;) {
      await waitForEarlierPushes(core, found.id, signal);
      const before = getRepository(db, found.id);
      if (before === null) throw new HiveError('unknown_repo');
      const path = places.repositoryDir(before);
      const refs = await readRefs(git, path);
      assertBranch(refs, branch);
      await setHead(git, path, branch);
      const look = await summarizeBranch(core, path, { refs, defaultBranch: branch });
      const at = core.clock();
      const write = db.transaction(() => {
        if (getRepository(db, found.id)?.refsVersion !== before.refsVersion) return false;
        storeSummary(db, found.id, { ...look, pushedAt: null });
        if (before.defaultBranch !== branch)
          core.outbox.add({ at, kind: 'forge.default_branch', by, repo: `${owner}/${name}`, data: { branch } });
        return true;
      });
      if (!write.immediate()) continue;
      core.outbox.announce();
      return found.id;
    }
  } finally {
    release();
  }
}

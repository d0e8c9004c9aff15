import type { RepoCaller } from '../../protocol/access/repo-access.ts';
import type { RepoDescription } from '../../protocol/schemas/repo.ts';
import { assertBranch, listBranches, listCommits } from '../git/look.ts';
import type { ForgeCore } from '../repositories/forge-core.ts';
import { viewOne } from './manage.ts';
import { type Wanted, whileReading } from './while-reading.ts';

const MOST_BRANCHES = 30;
const MOST_COMMITS = 10;

/**
 * A repository's branches and the last commits of one of them. Throws `unknown_repo`, `not_found` for a missing
 * branch, `service_unavailable` when too many reads are queued.
 */
export async function describeRepository(
  core: ForgeCore,
  caller: RepoCaller,
  wanted: Wanted & { branch: string | undefined },
): Promise<RepoDescription> {
  return whileReading(core, { caller, wanted }, async ({ repository, path, refs }) => {
    const branch = wanted.branch ?? repository.defaultBranch;
    if (wanted.branch !== undefined) assertBranch(refs, branch);
    const isThere = refs.has(`refs/heads/${branch}`);
    return {
      repo: viewOne(core, caller, repository.id),
      branches: await listBranches(core.git, path, MOST_BRANCHES),
      branch,
      commits: isThere ? await listCommits(core.git, path, { branch, limit: MOST_COMMITS }) : [],
    };
  });
}

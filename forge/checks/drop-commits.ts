import { dropSuiteCommits, keptSuites } from '../git/checks.ts';
import type { ForgeCore } from '../repositories/forge-core.ts';
import { isRepositoryThere } from '../repositories/places.ts';
import { neededSuites } from '../store/check-suites.ts';
import type { Repository } from '../store/repositories.ts';

/** Lets go of the commits that no suite of a repository needs any more: git may delete them. */
export async function dropUnneededCommits(
  core: Pick<ForgeCore, 'db' | 'git' | 'places'>,
  repository: Repository,
): Promise<void> {
  if (!(await isRepositoryThere(core.places, repository))) return;
  const path = core.places.repositoryDir(repository);
  const kept = await keptSuites(core.git, path);
  // Looked up after that: a suite that is requested meanwhile is not among them. One that is retried at this moment gets
  // its ref back when its runs begin.
  const needed = new Set(neededSuites(core.db, repository.id));
  await dropSuiteCommits(
    core.git,
    path,
    kept.filter((id) => !needed.has(id)),
  );
}

import { HiveError } from '../../protocol/errors.ts';
import { isInHistory, peel } from '../git/history.ts';
import type { Git } from '../git/process.ts';
import type { OpenedRepository } from './while-reading.ts';

const COMMIT_ID = /^[0-9a-f]{40}$/;

/**
 * The commit that a name means: a branch, a tag, the full name of one, or the full id of a commit in the history of one;
 * undefined: the default branch. A name is never text that git would interpret, and a commit that no branch or tag leads
 * to is not there for readers. Throws `not_found`.
 */
export async function resolveCommit(
  git: Git,
  { path, repository, refs }: OpenedRepository,
  ref: string | undefined,
): Promise<string> {
  const name = ref ?? repository.defaultBranch;
  const oid = [`refs/heads/${name}`, `refs/tags/${name}`, name]
    .map((one) => refs.get(one))
    .find((one) => one !== undefined);
  const commit = oid === undefined ? null : await peel(git, path, oid);
  if (commit !== null) return commit;
  if (oid === undefined && COMMIT_ID.test(name) && (await isInHistory(git, path, name))) return name;
  throw new HiveError(
    'not_found',
    `There is no branch, tag or commit "${name}" in this repository. A commit is named by its full id.`,
  );
}

import { HiveError } from '../../../protocol/errors.ts';
import { repoName, repoOwner } from '../../../protocol/names.ts';

/** A repository as typed, `OWNER/NAME`. Throws `invalid_input`. */
export function readRepoPath(path: string | undefined) {
  const [owner, name, ...rest] = (path ?? '').split('/');
  const parsedOwner = repoOwner.safeParse(owner);
  const parsedName = repoName.safeParse(name);
  if (parsedOwner.success && parsedName.success && rest.length === 0)
    return { owner: parsedOwner.data, name: parsedName.data };
  throw new HiveError(
    'invalid_input',
    `"${path ?? ''}" is not OWNER/NAME, e.g. operator/notes. An owner is an agent, a project, "shared", "hive" or "operator".`,
  );
}

import { HiveError } from '../../../../protocol/errors.ts';
import { readRepoPath } from '../read-repo-path.ts';

/** A pull request as typed, `OWNER/NAME#NUMBER`. Throws `invalid_input`. */
export function readPullPath(path: string | undefined) {
  const [, repo, number] = /^([^#]+)#([1-9][0-9]{0,8})$/.exec(path ?? '') ?? [];
  if (repo === undefined)
    throw new HiveError(
      'invalid_input',
      `"${path ?? ''}" is not OWNER/NAME#NUMBER, e.g. web/app#12. "hivectl pr ls" lists pull requests.`,
    );
  return { ...readRepoPath(repo), number: Number(number) };
}

import { isAncestorArgv } from '../git/policy.ts';
import type { Git } from '../git/process.ts';
import { quarantineEnv, type ReceivedPush } from './new-objects.ts';

/** The first of these branches from which a push removes commits; null when it only adds. Throws `internal`. */
export async function findForced(
  git: Git,
  push: ReceivedPush,
  forwardOnly: ReadonlyMap<string, string>,
): Promise<string | null> {
  for (const { ref, oid } of push.refs) {
    const old = forwardOnly.get(ref);
    if (old === undefined) continue;
    const { code } = await git.ask(isAncestorArgv(push.path, { commit: old, tip: oid }), { env: quarantineEnv(push) });
    // Also when the branch would get an object that is no commit.
    if (code !== 0) return ref.replace(/^refs\/heads\//, '');
  }
  return null;
}

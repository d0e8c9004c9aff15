import { HiveError } from '../../protocol/errors.ts';
import { linesOf } from '../../system/text/read-lines.ts';
import { readRefs } from './look.ts';
import { reachableArgv } from './policy.ts';
import type { Git } from './process.ts';

/** Each line of the walk is an object id. */
const LINE_BYTES = 256;

/**
 * Throws `not_found` when a wanted object is unreachable from the present branches and tags. Git's protocol 2 serves
 * every object by its id, also a secret that was force-pushed away; a partial clone does need objects that are no
 * tip, so reachability decides. Objects that are not tips cost a walk of the history.
 */
export async function assertReachable(
  git: Git,
  fetch: { path: string; wants: ReadonlySet<string> },
  gone: AbortSignal,
): Promise<void> {
  const tips = new Set((await readRefs(git, fetch.path)).values());
  const open = new Set([...fetch.wants].filter((oid) => !tips.has(oid)));
  if (open.size === 0) return;
  const walk = await git.start(reachableArgv(fetch.path));
  const stop = () => walk.kill();
  gone.addEventListener('abort', stop, { once: true });
  walk.stdin.end();
  try {
    for await (const line of linesOf(walk.stdout, LINE_BYTES)) {
      open.delete(line);
      if (open.size === 0) return;
    }
    const { code, stderr } = await walk.ended;
    gone.throwIfAborted();
    if (code !== 0)
      throw new HiveError('internal', undefined, { cause: new Error(`git ended with ${code}: ${stderr}`) });
    const [missing] = open;
    throw new HiveError(
      'not_found',
      `Object ${missing ?? ''} belongs to no branch or tag of this repository any more.`,
    );
  } finally {
    gone.removeEventListener('abort', stop);
    walk.kill();
    await walk.ended;
  }
}

import { createInterface } from 'node:readline';
import { HiveError } from '../../protocol/errors.ts';
import { readRefs } from '../git/look.ts';
import { reachableArgv } from '../git/policy.ts';
import type { Git } from '../git/process.ts';

/** The object ids that a fetch's body wants, of any version of the protocol. What is no pkt-line is left to git. */
export function parseWants(body: Buffer): Set<string> {
  const wants = new Set<string>();
  for (let at = 0; at + 4 <= body.length;) {
    const length = Number.parseInt(body.toString('latin1', at, at + 4), 16);
    if (Number.isNaN(length) || length === 3) break;
    // Flush, delimiter and end of response have no content.
    const end = at + Math.max(4, length);
    const oid = /^want ([0-9a-f]{40}(?:[0-9a-f]{24})?)(?:[ \n]|$)/i.exec(
      body.toString('latin1', at + 4, Math.min(end, at + 80)),
    );
    if (oid?.[1] !== undefined) wants.add(oid[1].toLowerCase());
    at = end;
  }
  return wants;
}

/**
 * Throws `not_found` when a wanted object belongs to no branch or tag of now. Protocol 2 of git hands
 * out every object by its id, also a force-pushed-away secret; a partial clone does need objects that
 * are no tip, so reachability decides. Objects that are not tips cost a walk of the history.
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
    for await (const line of createInterface({ input: walk.stdout })) {
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

import { OutsideError } from '../outside/trouble.ts';
import { runOutsideGit } from '../outside/run-git.ts';
import type { ForgeCore } from '../repositories/forge-core.ts';
import { readRemote, type RemoteRefs } from './policy/read-remote.ts';

const LIST_MS = 2 * 60_000;
const MOST_BYTES = 32 * 1024 * 1024;

/** Asks a server outside for its branches and tags. Throws OutsideError. */
export async function listRemote(core: ForgeCore, url: string, signal: AbortSignal): Promise<RemoteRefs> {
  const argv = ['ls-remote', '--symref', '--', url];
  const limits = { maxBytes: MOST_BYTES, limitMs: LIST_MS };
  const { stdout } = await runOutsideGit(core, { argv, url, followsRedirects: true, ...limits, signal });
  const remote = readRemote(stdout);
  if ([...remote.refs.values()].some((oid) => oid.length !== 40))
    throw new OutsideError({
      kind: 'content',
      words: `${url} has SHA-256 object names, which the forge does not take.`,
    });
  const { maxOwnerRefs } = core.limits;
  if (remote.refs.size > maxOwnerRefs)
    throw new OutsideError({
      kind: 'too_large',
      words: `${url} has ${remote.refs.size} branches and tags; an owner may have ${maxOwnerRefs}.`,
    });
  return remote;
}

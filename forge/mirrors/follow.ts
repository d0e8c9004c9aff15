import { rm } from 'node:fs/promises';
import { SYSTEM } from '../../protocol/names.ts';
import { readRefs } from '../git/look.ts';
import { OutsideError } from '../outside/trouble.ts';
import type { ForgeCore } from '../repositories/forge-core.ts';
import { setDefaultBranch } from '../repositories/set-default-branch.ts';
import type { Mirror } from '../store/mirrors.ts';
import { getRepository } from '../store/repositories.ts';
import { bringIn } from './bring-in.ts';
import { fetchAside } from './fetch-aside.ts';
import { listRemote } from './list-remote.ts';
import { planUpdate } from './policy/plan-update.ts';
import type { Transfer } from './publish.ts';
import { roomFor } from './room-for.ts';

/**
 * Makes a repository's branches, tags and default branch those of the server that it follows. What the server says
 * counts: moved and deleted ones are followed, too. A server that has nothing at all is a failure and deletes nothing.
 * Throws OutsideError.
 */
export async function follow(core: ForgeCore, mirror: Mirror, { signal, hear }: Transfer): Promise<void> {
  const { owner, name, url, repositoryId } = mirror;
  const remote = await listRemote(core, url, signal);
  if (remote.refs.size === 0)
    throw new OutsideError({
      kind: 'not_found',
      words: `${url} has no branches and tags any more. Nothing is deleted here; if that is meant, remove the mirror.`,
    });
  const path = core.places.repositoryDir(mirror);
  const present = await readRefs(core.git, path);
  if (!isSame(present, remote.refs)) {
    const fetched = await fetchAside(core, { url, known: path, maxBytes: roomFor(core, owner), hear }, signal);
    try {
      const now = { refs: await readRefs(core.git, path), defaultBranch: mirror.defaultBranch };
      for (const moves of planUpdate(now, fetched.refs)) {
        const known = [...(await readRefs(core.git, path)).values()];
        await bringIn(core, { owner, name, url, from: fetched.path, moves, known, creates: null, signal });
        await followDefault(core, mirror, { branch: remote.defaultBranch, signal });
      }
    } finally {
      await rm(fetched.path, { recursive: true, force: true, maxRetries: 5 });
    }
  }
  const { defaultBranch = '' } = getRepository(core.db, repositoryId) ?? {};
  if (defaultBranch !== remote.defaultBranch)
    await followDefault(core, mirror, { branch: remote.defaultBranch, signal });
}

async function followDefault(
  core: ForgeCore,
  { owner, name }: Mirror,
  { branch, signal }: { branch: string | null; signal: AbortSignal },
): Promise<void> {
  if (branch === null) return;
  const refs = await readRefs(core.git, core.places.repositoryDir({ owner, name }));
  if (refs.has(`refs/heads/${branch}`)) await setDefaultBranch(core, { owner, name, branch, by: SYSTEM }, signal);
}

function isSame(one: ReadonlyMap<string, string>, other: ReadonlyMap<string, string>): boolean {
  return one.size === other.size && [...one].every(([ref, oid]) => other.get(ref) === oid);
}

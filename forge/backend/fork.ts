import type { RepoCaller } from '../../protocol/access/repo-access.ts';
import { HiveError } from '../../protocol/errors.ts';
import type { RepoName, RepoOwner } from '../../protocol/names.ts';
import type { RepoView } from '../../protocol/schemas/repo.ts';
import { nameOf } from '../access/authorize.ts';
import { bringRefs, VISIBLE_REFS } from '../git/bundle.ts';
import { measureObjects, readRefs } from '../git/look.ts';
import { createRepository } from '../repositories/create-repository.ts';
import type { ForgeCore } from '../repositories/forge-core.ts';
import { recordRefs } from '../repositories/record-refs.ts';
import { assertNoSecret } from '../search/assert-no-secret.ts';
import { openPush } from '../store/pushes.ts';
import { measureOwner, type Repository, setForkedFrom } from '../store/repositories.ts';
import { viewOne } from './manage.ts';
import { assertAllowed, assertOwner, openRepository, type RepoPath } from './open-repository.ts';
import { takeSlot } from '../repositories/wait-turn.ts';

export interface ForkWish extends RepoPath {
  readonly to: RepoPath;
  readonly signal: AbortSignal;
}

/**
 * Copies a repository that the caller may read into a namespace where it may create one: branches and tags with what
 * they lead to, and nothing else, as a clone would. No object is shared, so that neither repository depends on the other
 * or shows what only the other has. The copied branches count as pushed by the caller. Throws `unknown_repo`,
 * `forbidden`, `unknown_agent`, `duplicate_repo`, `forge_quota`, `contains_secret`, `service_unavailable`.
 */
export async function forkForCaller(core: ForgeCore, caller: RepoCaller, wish: ForkWish): Promise<RepoView> {
  const { to, signal } = wish;
  const source = await openRepository(core, { caller, action: 'fetch', owner: wish.owner, name: wish.name });
  if (caller.token?.repositories?.has(`${to.owner}/${to.name}`) === false)
    throw new HiveError('forbidden', `This token is for other repositories: it cannot make ${to.owner}/${to.name}.`);
  assertAllowed(core, { caller, action: 'create', ...to });
  assertOwner(core, to);
  await assertNoSecret(core, to.name, signal);
  const release = await takeSlot(core, nameOf(caller), { gone: signal, tell: () => {} });
  try {
    return viewOne(core, caller, await fork(core, source, { by: nameOf(caller), to, signal }));
  } finally {
    release();
  }
}

async function fork(
  core: ForgeCore,
  source: Repository,
  { by, to, signal }: { by: string; to: { owner: RepoOwner; name: RepoName }; signal: AbortSignal },
): Promise<number> {
  const { db, git, limits } = core;
  const { owner, name, defaultBranch } = source;
  const made = await createRepository(core, {
    ...to,
    by,
    defaultBranch,
    description: `A fork of ${owner}/${name}`,
    async fill(gitdir) {
      const from = core.places.repositoryDir(source);
      const refused = await bringRefs(git, gitdir, { from, refs: VISIBLE_REFS, limitMs: limits.totalMs, signal });
      if (refused !== null)
        throw new HiveError('internal', undefined, { cause: new Error(`it cannot be copied: ${refused}`) });
      await assertFits(core, to.owner, gitdir);
    },
  });
  const refs = await readRefs(git, core.places.repositoryDir(made));
  const commands = [...refs].map(([ref, oid]) => ({ ref, new: oid }));
  const write = db.transaction(() => {
    setForkedFrom(db, made.id, source.id);
    // Its git has ended; a kill from here on leaves the record to the next start.
    return openPush(db, { repositoryId: made.id, by, pid: process.pid, commands, at: core.clock() });
  });
  const pushId = write.immediate();
  await recordRefs(core, made.id, pushId === null ? null : { id: pushId, isLost: () => false });
  return made.id;
}

/** Throws `forge_quota` when the owner may not have as much. */
async function assertFits({ db, git, limits }: ForgeCore, owner: RepoOwner, gitdir: string): Promise<void> {
  const use = measureOwner(db, owner);
  const { bytes, objects } = await measureObjects(git, gitdir);
  const refs = (await readRefs(git, gitdir)).size;
  if (use.bytes + bytes > limits.maxOwnerBytes)
    throw new HiveError(
      'forge_quota',
      `A copy has ${bytes} bytes; ${owner} has ${use.bytes} of ${limits.maxOwnerBytes}.`,
    );
  if (use.objects + objects > limits.maxOwnerObjects || use.refs + refs > limits.maxOwnerRefs)
    throw new HiveError(
      'forge_quota',
      `A copy has ${objects} objects and ${refs} branches and tags; that is more than ${owner} may have.`,
    );
}

import { HiveError } from '../../protocol/errors.ts';
import { OPERATOR, type RepoName, type RepoOwner } from '../../protocol/names.ts';
import { MIRROR_EVERY, type MirrorDirection } from '../../protocol/schemas/mirror.ts';
import { createRepository } from '../repositories/create-repository.ts';
import type { ForgeCore } from '../repositories/forge-core.ts';
import { rulesOf } from '../store/branch-rules.ts';
import { countMirrors, getMirror, insertMirror, listMirrors, type Mirror } from '../store/mirrors.ts';
import { openPulls } from '../store/pulls.ts';
import { knownRefs } from '../store/refs.ts';
import { findRepository, type Repository } from '../store/repositories.ts';
import { listRemote } from './list-remote.ts';
import { noteChange } from './note-change.ts';

export interface WantedMirror {
  readonly owner: RepoOwner;
  readonly name: RepoName;
  readonly direction: MirrorDirection;
  readonly url: string;
  readonly everyMs?: number | undefined;
  readonly branches: readonly string[];
  readonly force: boolean;
  /** Of a pull mirror: the repository may have branches, which become those of the server. */
  readonly replaces: boolean;
  readonly signal: AbortSignal;
}

/** Mirrors of one repository, and of all. */
const MOST = { ofOne: 5, ofAll: 200 };

/**
 * Adds a mirror, once the server has answered; of a pull mirror the repository is made if it is not there. Throws
 * OutsideError, `unknown_repo`, `duplicate_mirror`, `forbidden` with the reason, `forge_quota`.
 */
export async function addMirror(core: ForgeCore, wanted: WantedMirror): Promise<Mirror> {
  const { owner, name, direction, url, signal } = wanted;
  const found = findRepository(core.db, owner, name);
  if (found === null && direction === 'push') throw new HiveError('unknown_repo');
  if (found !== null) assertFits(core, found, wanted);
  await listRemote(core, url, signal);
  const repository = found ?? (await createRepository(core, { owner, name, description: '', by: OPERATOR }));
  const write = core.db.transaction(() => {
    assertFits(core, repository, wanted);
    const id = insertMirror(
      core.db,
      {
        repositoryId: repository.id,
        direction,
        url,
        everyMs: direction === 'pull' ? (wanted.everyMs ?? MIRROR_EVERY.usual) : null,
        branches: wanted.branches,
        isForced: wanted.force,
      },
      core.clock(),
    );
    core.outbox.add(noteChange({ owner, name, direction, url }, { at: core.clock(), removed: false }));
    return getMirror(core.db, id)!;
  });
  const mirror = write.immediate();
  core.outbox.announce();
  return mirror;
}

/** Throws the reason why the repository cannot have that mirror. */
function assertFits(core: ForgeCore, { id, owner, name }: Repository, wanted: WantedMirror): void {
  const { direction, url, replaces } = wanted;
  const mirrors = listMirrors(core.db, id);
  const [followed] = mirrors.filter((one) => one.direction === 'pull');
  const repo = `${owner}/${name}`;
  if (mirrors.some((one) => one.direction === direction && one.url === url))
    throw new HiveError('duplicate_mirror', `${repo} has a ${direction} mirror of ${url} already.`);
  if (mirrors.some((one) => one.url === url))
    throw new HiveError('forbidden', `${repo} is a mirror of ${url} in the other direction already.`);
  if (direction === 'pull' && followed !== undefined)
    throw new HiveError('duplicate_mirror', `${repo} follows ${followed.url} already: remove that mirror first.`);
  if (mirrors.length >= MOST.ofOne || countMirrors(core.db) >= MOST.ofAll)
    throw new HiveError(
      'forge_quota',
      `A repository may have ${MOST.ofOne} mirrors, all together ${MOST.ofAll}. Remove one first.`,
    );
  if (direction === 'push') return;
  if (openPulls(core.db, id).length > 0)
    throw new HiveError('forbidden', `${repo} has open pull requests, which a mirror cannot have: close them first.`);
  if (rulesOf(core.db, id).length > 0)
    throw new HiveError('forbidden', `${repo} has rules for branches, which a mirror cannot keep: remove them first.`);
  if (!replaces && knownRefs(core.db, id).size > 0)
    throw new HiveError(
      'forbidden',
      `${repo} has branches. Those that ${url} does not have would be deleted: if that is meant, add --replace.`,
    );
}

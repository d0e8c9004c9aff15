import { randomUUID } from 'node:crypto';
import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { HiveError } from '../../protocol/errors.ts';
import type { RepoName, RepoOwner } from '../../protocol/names.ts';
import { initArgv } from '../git/policy.ts';
import { findAnyCase, insertRepository, measureOwner, type Repository } from '../store/repositories.ts';
import type { ForgeCore } from './forge-core.ts';
import { isRealDirectory } from './places.ts';

export const DEFAULT_BRANCH = 'main';

type RepositoryNames = Pick<NewRepository, 'owner' | 'name'>;

/** The creator's choices. `fill` puts first objects into the bare directory before anyone sees it. */
export interface NewRepository {
  readonly owner: RepoOwner;
  readonly name: RepoName;
  readonly description: string;
  readonly by: string;
  /** Default: `main`. */
  readonly defaultBranch?: string;
  readonly fill?: (gitdir: string) => Promise<void>;
}

/**
 * Creates a bare repository: built aside, moved into place in one step, then recorded. A crash in between leaves
 * either nothing or a directory that the next start adopts. Throws `duplicate_repo` (also for a name that differs in
 * case only) and `forge_quota`.
 */
export async function createRepository(core: ForgeCore, wanted: NewRepository): Promise<Repository> {
  assertRoom(core, wanted);
  const aside = asideIn(core);
  try {
    await core.git.run(initArgv(aside, DEFAULT_BRANCH));
    await wanted.fill?.(aside);
    await placeRepository(core, wanted, aside);
  } catch (error) {
    await rm(aside, { recursive: true, force: true });
    throw error;
  }
  const repository = core.db.transaction(() => recordRepository(core, wanted)).immediate();
  core.outbox.announce();
  return repository;
}

/**
 * A new directory's path, outside of the served ones. It contains the pid of its creator: the next start removes
 * directories of dead ones.
 */
export function asideIn({ places }: ForgeCore): string {
  return join(places.incoming, `${process.pid}.${randomUUID()}.git`);
}

/** Moves a finished bare directory to its served place. Throws `duplicate_repo`. */
export async function placeRepository(core: ForgeCore, wanted: RepositoryNames, aside: string): Promise<void> {
  const { places } = core;
  await mkdir(places.ownerDir(wanted.owner), { mode: 0o750 }).catch(ignoreExisting);
  if (!(await isRealDirectory(places.ownerDir(wanted.owner)))) throw new HiveError('unknown_repo');
  assertFree(core, wanted);
  await rename(aside, places.repositoryDir(wanted)).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOTEMPTY' || cause.code === 'EEXIST' || cause.code === 'ENOTDIR')
      throw new HiveError('duplicate_repo', undefined, { cause });
    throw cause;
  });
}

/** Throws `duplicate_repo` or `forge_quota` unless the owner may have one more repository, of that name. */
export function assertRoom(core: ForgeCore, wanted: RepositoryNames): void {
  assertFree(core, wanted);
  assertOneMore(core, wanted.owner);
  assertBytesLeft(core, wanted.owner);
}

/** Records a directory that is in place; if it was recorded meanwhile, returns that row. */
export function recordRepository(core: ForgeCore, made: Omit<NewRepository, 'fill'>): Repository {
  const found = findAnyCase(core.db, made.owner, made.name);
  if (found !== null) return found;
  const at = core.clock();
  const { owner, name, description, by } = made;
  core.outbox.add({ at, kind: 'forge.repo_created', by, repo: `${owner}/${name}`, data: {} });
  return insertRepository(core.db, {
    owner,
    name,
    description,
    defaultBranch: made.defaultBranch ?? DEFAULT_BRANCH,
    at,
  });
}

function assertFree(core: ForgeCore, { owner, name }: RepositoryNames): void {
  const found = findAnyCase(core.db, owner, name);
  if (found === null) return;
  throw new HiveError(
    'duplicate_repo',
    found.name === name
      ? `There is a repository ${owner}/${name} already.`
      : `There is a repository ${owner}/${found.name} already; names may not differ in upper and lower case only.`,
  );
}

/** Throws `forge_quota` when the owner's repositories use its whole quota, as of the last pushes. */
export function assertBytesLeft(core: Pick<ForgeCore, 'db' | 'limits'>, owner: RepoOwner): void {
  const { bytes } = measureOwner(core.db, owner);
  const { maxOwnerBytes } = core.limits;
  if (bytes >= maxOwnerBytes)
    throw new HiveError('forge_quota', `${owner}'s repositories take ${bytes} bytes; it may have ${maxOwnerBytes}.`);
}

function assertOneMore(core: ForgeCore, owner: RepoOwner): void {
  const { repositories } = measureOwner(core.db, owner);
  if (repositories >= core.limits.maxOwnerRepositories)
    throw new HiveError('forge_quota', `${owner} has ${repositories} repositories; that is as many as it may have.`);
}

function ignoreExisting(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EEXIST') throw error;
}

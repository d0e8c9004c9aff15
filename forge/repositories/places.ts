import { lstat, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { RepoName, RepoOwner } from '../../protocol/names.ts';

/** Paths below the forge's directory. They are absolute and made of checked names only. */
export interface Places {
  /** The forge's directory. */
  readonly dir: string;
  readonly database: string;
  readonly repositories: string;
  /** Repositories are created here and moved into place when they are complete. */
  readonly incoming: string;
  /** Removed repositories that are kept, for the operator to restore or delete. */
  readonly removed: string;
  /** A whole forge that is being restored; the next start puts it in place. */
  readonly restoring: string;
  /** An empty repository, served to a first push before its own is created. */
  readonly empty: string;
  readonly hooks: string;
  /** Certificates of servers outside that are accepted, if the hive has own ones. */
  readonly certificates: string;
  /** Files that runs of checks handed over, each under its id. */
  readonly artifacts: string;
  /** Files that runs of checks begin with, each under the hash of its content. */
  readonly caches: string;
  ownerDir(owner: RepoOwner): string;
  repositoryDir(repo: { owner: RepoOwner; name: RepoName }): string;
  artifactFile(id: number): string;
  /** `sha256`: as this process made it. */
  cacheFile(sha256: string): string;
  cachePart(id: number): string;
}

export function placesIn(dir: string): Places {
  const repositories = join(dir, 'repositories');
  const artifacts = join(dir, 'artifacts');
  const caches = join(dir, 'caches');
  return {
    dir,
    restoring: join(dir, 'restoring'),
    database: join(dir, 'forge.db'),
    repositories,
    incoming: join(dir, 'incoming'),
    removed: join(dir, 'removed'),
    empty: join(dir, 'empty.git'),
    hooks: join(dir, 'hooks'),
    certificates: join(dir, 'certificates.pem'),
    artifacts,
    caches,
    ownerDir: (owner) => join(repositories, owner),
    repositoryDir: ({ owner, name }) => join(repositories, owner, `${name}.git`),
    artifactFile: (id) => join(artifacts, String(id)),
    cacheFile: (sha256) => join(caches, sha256),
    cachePart: (id) => join(caches, `${id}.part`),
  };
}

export async function makePlaces(places: Places): Promise<void> {
  await mkdir(places.repositories, { recursive: true, mode: 0o750 });
  await mkdir(places.incoming, { recursive: true, mode: 0o750 });
  await mkdir(places.removed, { recursive: true, mode: 0o750 });
  await mkdir(places.artifacts, { recursive: true, mode: 0o750 });
  await mkdir(places.caches, { recursive: true, mode: 0o750 });
}

/** A directory itself, not a symlink to one: git is never pointed through a symlink. */
export async function isRealDirectory(path: string): Promise<boolean> {
  const found = await lstat(path).catch(() => null);
  return found?.isDirectory() === true;
}

/** Whether a repository's directory exists, without a symlink on the way from our own directory. */
export async function isRepositoryThere(places: Places, repo: { owner: RepoOwner; name: RepoName }): Promise<boolean> {
  return (await isRealDirectory(places.ownerDir(repo.owner))) && (await isRealDirectory(places.repositoryDir(repo)));
}

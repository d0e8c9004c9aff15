import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { HiveError } from '../../../protocol/errors.ts';
import {
  BACKUP_PATHS,
  type BackedUpRepo,
  type BackupManifest,
  type RestoredRepo,
  restoredRepo,
  stagedRestore,
} from '../../../protocol/forge-backup.ts';
import type { RepoName, RepoOwner } from '../../../protocol/names.ts';
import { upload } from './forge-stream.ts';

export interface RestoreWork {
  readonly socketPath: string;
  /** The directory of the backup, and what it says about the repository. */
  readonly backup: string;
  readonly repo: BackedUpRepo;
  /** Where it goes. */
  readonly to: { readonly owner: RepoOwner; readonly name: RepoName };
  readonly replaces: boolean;
  readonly signal: AbortSignal;
}

/** Sends a bundle of a backup to the forge, after its checksum. Throws `invalid_input` when the file is another one. */
export async function restoreRepo(work: RestoreWork): Promise<RestoredRepo> {
  const { socketPath, backup, repo, to, replaces, signal } = work;
  const { file, bytes, sha256, description, defaultBranch } = repo;
  if (file === null)
    throw new HiveError('invalid_input', `${repo.owner}/${repo.name} was empty: make it with hivectl forge create.`);
  const path = join(backup, file);
  await assertUnchanged(path, { bytes, sha256 });
  const name = `${to.owner}/${to.name}`;
  const query = new URLSearchParams({ description, defaultBranch, ...(replaces ? { replace: name } : {}) });
  const call = { socketPath, path: `${BACKUP_PATHS.restore(to.owner, to.name)}?${query.toString()}`, signal };
  return restoredRepo.parse(await upload(call, { bytes, body: createReadStream(path) as AsyncIterable<Buffer> }));
}

async function assertUnchanged(path: string, expected: { bytes: number; sha256: string }): Promise<void> {
  const changed = new HiveError('invalid_input', `${path} is not the file that the backup wrote. Take another backup.`);
  const found = await lstat(path).catch(() => null);
  if (found?.isFile() !== true || found.size !== expected.bytes) throw changed;
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) hash.update(chunk);
  if (hash.digest('hex') !== expected.sha256) throw changed;
}

export interface WholeRestore {
  readonly socketPath: string;
  readonly backup: string;
  readonly manifest: BackupManifest;
  readonly signal: AbortSignal;
  readonly onRepo: (repo: BackedUpRepo) => void;
}

/**
 * Sends a whole backup to the forge, which takes its place with its next start. Resolves with where the present forge is
 * kept then. Nothing changes before all of it is there. Throws `invalid_input` for a backup that lacks something.
 */
export async function restoreAll(work: WholeRestore): Promise<{ before: string }> {
  const { socketPath, backup, manifest, signal, onRepo } = work;
  const { database, repositories, failed } = manifest;
  if (database === null) throw new HiveError('invalid_input', `${backup} has no database: it was not made with --all.`);
  if (failed.length > 0) {
    const names = failed.map(({ owner, name }) => `${owner}/${name}`).join(', ');
    throw new HiveError(
      'invalid_input',
      `${backup} lacks ${names}. Take an older one, or restore single repositories.`,
    );
  }
  const send = async (path: string, file: string | null, of: { bytes: number; sha256: string }) => {
    const from = file === null ? null : join(backup, file);
    if (from !== null) await assertUnchanged(from, of);
    const body = from === null ? none() : (createReadStream(from) as AsyncIterable<Buffer>);
    return upload({ socketPath, path, signal }, { bytes: of.bytes, body });
  };
  await send(BACKUP_PATHS.stageDatabase, database.file, database);
  for (const repo of repositories) {
    const query = new URLSearchParams({ defaultBranch: repo.defaultBranch });
    await send(`${BACKUP_PATHS.stageBundle(repo.owner, repo.name)}?${query.toString()}`, repo.file, repo);
    onRepo(repo);
  }
  return stagedRestore.parse(await send(BACKUP_PATHS.stageEnd, null, { bytes: 0, sha256: '' }));
}

async function* none(): AsyncGenerator<Buffer> {}

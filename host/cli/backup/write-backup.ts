import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { HiveError } from '../../../protocol/errors.ts';
import { BACKUP_PATHS, type BackedUpRepo, type BackupManifest } from '../../../protocol/forge-backup.ts';
import type { RepoView } from '../../../protocol/schemas/repo.ts';
import { syncDirectory } from '../../../system/sync-directory.ts';
import { writePrivate } from '../../../system/write-private.ts';
import { backupName, type Backup, MANIFEST, PARTIAL, readManifest } from './backup-places.ts';
import { checkBundle } from './check-bundle.ts';
import { download } from './forge-stream.ts';
import { storeStream, type StoredFile } from './store-stream.ts';

export interface BackupWork {
  readonly socketPath: string;
  readonly dir: string;
  /** Whether the database is copied, before everything else. */
  readonly withDatabase: boolean;
  /** Asked after the database is copied, so that it names all that the copy knows. */
  readonly list: () => Promise<readonly RepoView[]>;
  readonly now: () => number;
  readonly signal: AbortSignal;
  readonly onRepo: (repo: BackedUpRepo | { owner: string; name: string; why: string }) => void;
}

/**
 * Writes a backup: aside, each file checked and on the disk, the manifest last, and then under its name in one step. A
 * repository that cannot be backed up does not keep the others from it. Throws for anything else; nothing is left then.
 */
export async function writeBackup(work: BackupWork): Promise<Backup> {
  const { dir, socketPath, signal, now, onRepo } = work;
  const name = backupName(now());
  const aside = join(dir, `${PARTIAL}${process.pid}-${name}`);
  await mkdir(aside, { mode: 0o700 });
  try {
    const database = work.withDatabase ? await copyDatabase(work, aside) : null;
    const repositories: BackedUpRepo[] = [];
    const failed: BackupManifest['failed'] = [];
    for (const repo of await work.list()) {
      const saved = await saveRepo({ socketPath, signal, aside }, repo);
      onRepo(saved);
      if ('why' in saved) failed.push(saved);
      else repositories.push(saved);
    }
    const manifest: BackupManifest = { format: 1, madeAt: now(), database, repositories, failed };
    await writePrivate(join(aside, MANIFEST), `${JSON.stringify(manifest, null, 2)}\n`);
    const path = join(dir, name);
    await rename(aside, path);
    await syncDirectory(dir);
    await readManifest(path);
    const bytes = repositories.reduce((sum, one) => sum + one.bytes, database?.bytes ?? 0);
    return { name, path, manifest, bytes };
  } catch (error) {
    await rm(aside, { recursive: true, force: true });
    throw error;
  }
}

async function copyDatabase({ socketPath, signal }: BackupWork, aside: string): Promise<BackupManifest['database']> {
  const answer = await download({ socketPath, path: BACKUP_PATHS.database, signal });
  const length = Number(answer?.headers['content-length']);
  const stored = answer === null ? null : await store(join(aside, 'forge.db'), answer);
  if (stored === null || stored.bytes !== length)
    throw new HiveError('hive_unreachable', 'The copy of the database broke off.');
  return { file: 'forge.db', ...stored };
}

async function saveRepo(
  { socketPath, signal, aside }: { socketPath: string; signal: AbortSignal; aside: string },
  { owner, name, description, defaultBranch }: RepoView,
): Promise<BackedUpRepo | BackupManifest['failed'][number]> {
  const about = { owner, name, description, defaultBranch };
  const file = `${owner}/${name}.bundle`;
  const path = join(aside, file);
  try {
    const answer = await download({ socketPath, path: BACKUP_PATHS.bundle(owner, name), signal });
    if (answer === null) return { ...about, file: null, bytes: 0, sha256: '', refs: 0 };
    await mkdir(join(aside, owner), { recursive: true, mode: 0o700 });
    const check = checkBundle();
    const stored = await store(path, answer, check.add);
    const { refs } = check.end();
    await syncDirectory(join(aside, owner));
    return { ...about, file, ...stored, refs };
  } catch (error) {
    signal.throwIfAborted();
    // The disk that is written to, or a forge that has gone, is no trouble of one repository.
    if (!(error instanceof HiveError) || error.code === 'hive_unreachable') throw error;
    await rm(path, { force: true });
    return { owner, name, why: error.message };
  }
}

/** A stream that breaks off is an error of this bundle: the forge cuts one that git could not finish. */
async function store(path: string, answer: AsyncIterable<Buffer>, look?: (chunk: Buffer) => void): Promise<StoredFile> {
  const body = async function* () {
    try {
      yield* answer;
    } catch (cause) {
      throw new HiveError('invalid_input', 'The forge could not finish it: hivectl forge fsck says why.', { cause });
    }
  };
  return storeStream(path, body(), look);
}

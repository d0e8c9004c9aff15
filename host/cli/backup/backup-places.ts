import { lstat, mkdir, readdir, readFile, realpath, rm } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { HiveError } from '../../../protocol/errors.ts';
import { type BackupManifest, backupManifest } from '../../../protocol/forge-backup.ts';

export const MANIFEST = 'manifest.json';
/** A backup that is being written: `.partial-PID-…`. */
export const PARTIAL = '.partial-';
const NAME = /^forge-\d{8}T\d{6}\d{3}Z$/;

/** A complete backup. */
export interface Backup {
  readonly name: string;
  readonly path: string;
  readonly manifest: BackupManifest;
  readonly bytes: number;
}

/** The directory name of a backup, which sorts by time. */
export function backupName(at: number): string {
  return `forge-${new Date(at).toISOString().replaceAll(/[-:.]/g, '')}`;
}

/** Makes the directory for backups, readable for its owner alone. Throws `invalid_input` for one that others can change. */
export async function openBackupDir(dir: string, forgeDir: string): Promise<void> {
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const real = await realpath(dir);
  const forge = await realpath(forgeDir).catch(() => forgeDir);
  if (real === forge || real.startsWith(forge + sep))
    throw new HiveError('invalid_input', `${dir} is within the forge's own directory. Choose another one.`);
  const { uid, mode } = await lstat(real);
  const own = process.getuid?.() ?? uid;
  if (uid !== own || (mode & 0o022) !== 0)
    throw new HiveError('invalid_input', `Others can change ${dir}. Choose a directory that only you can write to.`);
}

/** The complete backups in a directory, newest first. What has no manifest that can be read is none. */
export async function listBackups(dir: string): Promise<Backup[]> {
  const names = await readdir(dir).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  const backups: Backup[] = [];
  for (const name of names
    .filter((one) => NAME.test(one))
    .toSorted()
    .toReversed()) {
    const path = join(dir, name);
    const manifest = await readManifest(path).catch(() => null);
    if (manifest !== null) backups.push({ name, path, manifest, bytes: sumBytes(manifest) });
  }
  return backups;
}

/** Throws `not_found` when the directory is no complete backup. */
export async function readManifest(path: string): Promise<BackupManifest> {
  try {
    if (!(await lstat(path)).isDirectory()) throw new Error('it is no directory');
    return backupManifest.parse(JSON.parse(await readFile(join(path, MANIFEST), 'utf8')));
  } catch (cause) {
    throw new HiveError('not_found', `${path} is no complete backup of a forge: its ${MANIFEST} cannot be read.`, {
      cause,
    });
  }
}

/** Deletes what a killed hivectl left half written. */
export async function removePartial(dir: string): Promise<void> {
  for (const name of await readdir(dir)) {
    const pid = Number(/^\.partial-(\d+)-/.exec(name)?.[1] ?? 0);
    if (pid > 0 && pid !== process.pid && !isAlive(pid)) await rm(join(dir, name), { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function sumBytes({ database, repositories }: BackupManifest): number {
  return (database?.bytes ?? 0) + repositories.reduce((sum, { bytes }) => sum + bytes, 0);
}

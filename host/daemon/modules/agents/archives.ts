import { lstat, readdir, readFile, rename, rm, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { HiveError } from '../../../../protocol/errors.ts';
import { agentName } from '../../../../protocol/names.ts';
import type { ArchiveView } from '../../../../protocol/operations/operator-setup.ts';
import { agentSpec, limits } from '../../../../protocol/schemas/agent.ts';
import { storageError } from '../../core/storage-error.ts';

/** NAME-20260131T090000123Z.tar.gz */
const ARCHIVE = /^(?<name>[a-z][a-z0-9-]*)-(?<stamp>\d{8}T\d{9}Z)\.tar\.gz$/;
const STAMP = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)(\d{3})Z$/;

const NO_LIMIT = 0;
/** A spec from before agents had disk limits has none, like such agents in the store (migration 6). */
const archivedSpec = agentSpec.extend({
  limits: limits.extend({
    diskMb: limits.shape.diskMb.default(NO_LIMIT),
    diskFiles: limits.shape.diskFiles.default(NO_LIMIT),
  }),
});

/**
 * The record of a destroyed agent, stored beside its archive (NAME-STAMP.json): everything needed to create it again.
 */
const archiveRecord = z.object({
  name: agentName,
  parent: agentName.nullable(),
  sessionId: z.string().nullable(),
  spec: archivedSpec,
});
export type ArchiveRecord = z.infer<typeof archiveRecord>;

/** Unique: no two destructions of one name happen in the same millisecond. */
export function archiveName(name: string, at: number): string {
  return `${name}-${new Date(at).toISOString().replaceAll(/[-:.]/g, '')}.tar.gz`;
}

function recordOf(backups: string, archive: string): string {
  return join(backups, archive.replace(/\.tar\.gz$/, '.json'));
}

/** Readable only by hived, like the archive: a prompt may be confidential. */
export async function writeRecord(backups: string, archive: string, record: ArchiveRecord): Promise<void> {
  const path = recordOf(backups, archive);
  try {
    await writeFile(`${path}.part`, `${JSON.stringify(record)}\n`, { mode: 0o600, flush: true });
    await rename(`${path}.part`, path);
  } catch (error) {
    await rm(`${path}.part`, { force: true });
    throw error;
  }
}

export async function forgetRecord(backups: string, archive: string): Promise<void> {
  await rm(recordOf(backups, archive), { force: true });
}

/** Null for an archive from before records were kept, and for a record that can no longer be parsed. */
export async function readRecord(backups: string, archive: string): Promise<ArchiveRecord | null> {
  try {
    return archiveRecord.parse(JSON.parse(await readFile(recordOf(backups, archive), 'utf8')));
  } catch {
    return null;
  }
}

/** Archives of destroyed agents, newest first. Other files among the backups are ignored. */
export async function listArchives(backups: string): Promise<ArchiveView[]> {
  const found: ArchiveView[] = [];
  for (const archive of await readdir(backups)) {
    const { name, stamp } = ARCHIVE.exec(archive)?.groups ?? {};
    const parsed = agentName.safeParse(name);
    const at = Date.parse((stamp ?? '').replace(STAMP, '$1-$2-$3T$4:$5:$6.$7Z'));
    if (!parsed.success || Number.isNaN(at)) continue;
    const file = await lstat(join(backups, archive)).catch(() => null);
    if (file?.isFile() !== true) continue;
    const record = await readRecord(backups, archive);
    found.push({
      archive,
      name: parsed.data,
      at,
      bytes: file.size,
      role: record?.spec.role ?? null,
      parent: record?.parent ?? null,
    });
  }
  return found.sort((a, b) => b.at - a.at || (a.archive < b.archive ? -1 : 1));
}

/** Finds the archive with exactly that file name. Throws `not_found`. */
export async function findArchive(backups: string, archive: string): Promise<ArchiveView> {
  const found = (await listArchives(backups)).find((each) => each.archive === archive);
  if (found !== undefined) return found;
  throw new HiveError('not_found', 'There is no such archive. Look at the list.', {
    details: { command: 'hivectl archives' },
  });
}

/** Deletes an archive and its record. Throws `not_found`, `storage_unavailable`. */
export async function removeArchive(backups: string, archive: string): Promise<void> {
  const found = await findArchive(backups, archive);
  try {
    await unlink(join(backups, found.archive));
    await forgetRecord(backups, found.archive);
  } catch (error) {
    throw storageError(error);
  }
}

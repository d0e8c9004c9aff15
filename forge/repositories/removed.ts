import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type RepoName, type RepoOwner, repoName, repoOwner } from '../../protocol/names.ts';
import type { RemovedRepoView } from '../../protocol/schemas/repo.ts';
import { measureObjects } from '../git/look.ts';
import type { ForgeCore } from './forge-core.ts';
import { isRealDirectory, type Places } from './places.ts';

interface Removed {
  readonly owner: RepoOwner;
  readonly name: RepoName;
  /** Epoch milliseconds. */
  readonly at: number;
}

/** The directory name of a removed repository: `OWNER.NAME.TIME.git`. */
export function removedName({ owner, name, at }: Removed): string {
  const stamp = new Date(at).toISOString().replaceAll(/[-:]/g, '').replace('.', '-');
  return `${owner}.${name}.${stamp}.git`;
}

const NAME = /^([^.]+)\.(.+)\.(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)-(\d{3}Z)\.git$/;

/** Null for an entry that no removal created. */
export function parseRemovedName(entry: string): Removed | null {
  const [, given, repo, year, month, day, hour, minute, second, rest] = NAME.exec(entry) ?? [];
  const owner = repoOwner.safeParse(given);
  const name = repoName.safeParse(repo);
  const at = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}.${rest}`);
  return owner.success && name.success && !Number.isNaN(at) ? { owner: owner.data, name: name.data, at } : null;
}

/** Removed repositories whose directory is kept, newest first. */
export async function listRemoved(core: ForgeCore): Promise<RemovedRepoView[]> {
  const found = await readRemoved(core.places);
  const views: RemovedRepoView[] = [];
  for (const { entry, owner, name, at } of found.sort((a, b) => b.at - a.at)) {
    const path = join(core.places.removed, entry);
    // The operator may move it away at any time.
    const size = await measureObjects(core.git, path).catch(() => null);
    if (size === null) continue;
    const keptUntil = at + core.limits.keepRemovedMs;
    views.push({ owner, name, path, removedAt: at, keptUntil, sizeBytes: size.bytes });
  }
  return views;
}

/** Deletes removed repositories past their retention; other entries are left alone. */
export async function sweepRemoved(core: ForgeCore): Promise<void> {
  for (const { entry, owner, name, at } of await readRemoved(core.places)) {
    if (core.clock() < at + core.limits.keepRemovedMs) continue;
    await rm(join(core.places.removed, entry), { recursive: true, force: true, maxRetries: 5 });
    core.log.info({ repo: `${owner}/${name}`, entry }, 'a removed repository is deleted for good');
  }
}

async function readRemoved(places: Places): Promise<(Removed & { entry: string })[]> {
  const found = [];
  for (const entry of await readdir(places.removed)) {
    const removed = parseRemovedName(entry);
    if (removed !== null && (await isRealDirectory(join(places.removed, entry)))) found.push({ entry, ...removed });
  }
  return found;
}

import { readdir, rm, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import type { Git } from './process.ts';

/** One thread, little memory: maintenance takes what others leave. */
const MODEST = [
  'pack.threads=1',
  'pack.windowMemory=32m',
  'pack.deltaCacheSize=32m',
  'core.bigFileThreshold=32m',
  'gc.auto=0',
  'core.fsync=committed',
].flatMap((setting) => ['-c', setting]);

/** From here on clones gain more from bitmaps than they cost. */
const BITMAPS_FROM_OBJECTS = 2_000;

/** A multi-pack-index in each case; with bitmaps where they pay. */
function indexArgs(objects: number): string[] {
  return ['--write-midx', ...(objects >= BITMAPS_FROM_OBJECTS ? ['--write-bitmap-index'] : [])];
}

/** Joins packs so that each is at least twice as large as the next; drops no object, reachable or not. */
export function packArgv(path: string, objects: number): string[] {
  return [...MODEST, '-C', path, 'repack', '--geometric=2', '-d', '-q', ...indexArgs(objects)];
}

/** Writes what speeds up walks of the history: an increment, or all of it anew without commits that no ref leads to. */
export function graphArgv(path: string, { isNew }: { isNew: boolean }): string[] {
  const split = isNew ? '--split=replace' : '--split';
  return [...MODEST, '-C', path, 'commit-graph', 'write', '--reachable', split, '--changed-paths', '--no-progress'];
}

/**
 * Joins everything reachable into one pack, puts everything else into another one, and leaves out what is in that one
 * for longer than the grace. Call refreshTimes before.
 */
export function pruneAfterGraceArgv(
  path: string,
  { objects, graceMs }: { objects: number; graceMs: number },
): string[] {
  const expiry = `--cruft-expiration=${Math.ceil(graceMs / 1000)}.seconds.ago`;
  return [...MODEST, '-C', path, 'repack', '--cruft', expiry, '-d', '-q', ...indexArgs(objects)];
}

/** Deletes what interrupted gits left among the objects, and loose objects past their grace. */
export function pruneLooseArgv(path: string, graceMs: number): string[] {
  return [...MODEST, '-C', path, 'prune', `--expire=${Math.ceil(graceMs / 1000)}.seconds.ago`];
}

/**
 * Sets the times of all files with objects to now, except those of unreachable ones. git counts the age of an object
 * from the time of its file: without this, the commits of a branch that was deleted a minute ago would be as old as
 * their push.
 */
export async function refreshTimes(path: string): Promise<void> {
  const objects = join(path, 'objects');
  const now = new Date();
  for (const name of await readdir(objects)) {
    if (!/^[0-9a-f]{2}$/.test(name)) continue;
    const directory = join(objects, name);
    for (const file of await readdir(directory))
      if (/^[0-9a-f]{38}$/.test(file)) await utimes(join(directory, file), now, now);
  }
  const packs = await readdir(join(objects, 'pack'));
  const unreachable = new Set(
    packs.filter((file) => file.endsWith('.mtimes')).map((file) => file.slice(0, -'.mtimes'.length)),
  );
  for (const file of packs)
    if (file.endsWith('.pack') && !unreachable.has(file.slice(0, -'.pack'.length)))
      await utimes(join(objects, 'pack', file), now, now);
}

/** Whether a repository has objects that wait for the end of their grace. */
export async function hasUnreachable(path: string): Promise<boolean> {
  return (await readdir(join(path, 'objects', 'pack'))).some((file) => file.endsWith('.mtimes'));
}

/** Deletes the commit-graph: before objects are deleted at once, because fsck misses the commits that it names. */
export async function dropCommitGraph(path: string): Promise<void> {
  const info = join(path, 'objects', 'info');
  // The chain first: it names the other files.
  await rm(join(info, 'commit-graphs', 'commit-graph-chain'), { force: true });
  await rm(join(info, 'commit-graphs'), { recursive: true, force: true });
  await rm(join(info, 'commit-graph'), { force: true });
}

/** Deletes the index of all packs, which git makes again: what one that is wrong names would be missing. */
export async function dropPackIndex(path: string): Promise<void> {
  const packs = join(path, 'objects', 'pack');
  for (const name of await readdir(packs))
    if (name.startsWith('multi-pack-index')) await rm(join(packs, name), { force: true });
}

/** The ref that keeps a commit which a pull request names and no other ref leads to. Clients do not see it. */
export const KEPT = 'refs/kept/';

/** Keeps these commits, as far as they are there and no other ref leads to them, and no earlier ones. */
export async function keepOnly(git: Git, path: string, wanted: readonly string[]): Promise<void> {
  const walk = ['rev-list', '--ignore-missing', '--stdin', '--not', `--exclude=${KEPT}*`, '--all'];
  const input = wanted.map((oid) => `${oid}\n`).join('');
  const beyond = wanted.length === 0 ? '' : await git.run([`--git-dir=${path}`, ...walk], { input });
  const asked = new Set(wanted);
  const needed = new Set(beyond.split('\n').filter((oid) => asked.has(oid)));
  const format = '--format=%(refname)';
  const there = (await git.run([`--git-dir=${path}`, 'for-each-ref', format, KEPT]))
    .split('\n')
    .filter((ref) => ref !== '')
    .map((ref) => ref.slice(KEPT.length));
  const known = new Set(there);
  const changes = [
    ...[...needed].filter((oid) => !known.has(oid)).map((oid) => `create ${KEPT}${oid} ${oid}\n`),
    ...there.filter((oid) => !needed.has(oid)).map((oid) => `delete ${KEPT}${oid}\n`),
  ];
  if (changes.length > 0) await git.run([`--git-dir=${path}`, 'update-ref', '--stdin'], { input: changes.join('') });
}

import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { chmod, cp, mkdir, mkdtemp, readdir, rename, rm, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import * as z from 'zod';
import { HiveError } from '../../../protocol/errors.ts';
import type { SetupContext } from './setup-context.ts';

const PARTS = [
  'hived.mjs',
  'secret-search.mjs',
  'gateway.mjs',
  'forge.mjs',
  'dashboard.mjs',
  'better_sqlite3.node',
  'web',
];
/** The running build, and earlier ones to go back to. */
const KEPT = 3;
/** Prefix of the name of an unfinished copy. */
const ASIDE = '.incoming-';
const ABANDONED_AFTER_MS = 60 * 60 * 1000;
/** A build writes its last files within about this time. */
const BUILD_SETTLES_MS = 1_000;

/**
 * Copies the build to a place where the hive's unprivileged services can read it wherever the checkout is, and returns
 * its name. A copy made while a build is being moved into dist/ could mix two builds: it is repeated once.
 */
export async function placeApp({ settings, dist }: SetupContext): Promise<string> {
  const apps = join(settings.root, 'app');
  await makeDirectory(settings.root, 0o711);
  await makeDirectory(apps, 0o755);
  await makeDirectory(join(settings.root, 'logs'), 0o700);
  const build =
    placedBuild(dist, apps) ??
    (await copyBuild(dist, apps)) ??
    (await delay(BUILD_SETTLES_MS), await copyBuild(dist, apps));
  if (build === null) {
    identifyBuild(dist);
    throw new HiveError(
      'setup_failed',
      `${dist} changed while it was copied. Wait until its build is done, then run the same command again.`,
    );
  }
  const now = new Date();
  await utimes(join(apps, build), now, now);
  await dropOldBuilds(apps);
  return build;
}

/** The name of the build when it was copied before: a start with nothing to do needs no disk space. */
function placedBuild(dist: string, apps: string): string | null {
  const build = PARTS.every((part) => existsSync(join(dist, part))) ? identifyBuild(dist) : null;
  return build !== null && existsSync(join(apps, build)) ? build : null;
}

/** The name of the complete copy; null when dist/ lacked a part, or changed during the copy. */
async function copyBuild(dist: string, apps: string): Promise<string | null> {
  const aside = await mkdtemp(join(apps, ASIDE));
  try {
    const build = identifyBuild(dist);
    if (existsSync(join(apps, build))) return build;
    for (const part of PARTS) await cp(join(dist, part), join(aside, part), { recursive: true });
    if (hashContent(aside) !== hashContent(dist) || identifyBuild(dist) !== build) return null;
    await chmod(aside, 0o755);
    await rename(aside, join(apps, build));
    return build;
  } catch (error) {
    // A part is missing, or no longer there: dist/ may be about to be replaced.
    if (error instanceof HiveError || ((error as NodeJS.ErrnoException).code === 'ENOENT' && existsSync(aside)))
      return null;
    throw error;
  } finally {
    await rm(aside, { recursive: true, force: true });
  }
}

const buildStamp = z.object({ hash: z.string().regex(/^[0-9a-f]{12}$/) });

/** The name of the build in dist/: the hash of its sources, or (when built part by part) of its content. */
export function identifyBuild(dist: string): string {
  const missing = PARTS.filter((part) => !existsSync(join(dist, part)));
  if (missing.length > 0)
    throw new HiveError('setup_failed', `The build lacks ${missing.join(', ')}. Run "npm start", which builds it.`);
  const stamp = join(dist, 'build.json');
  if (existsSync(stamp)) return buildStamp.parse(JSON.parse(readFileSync(stamp, 'utf8'))).hash;
  return hashContent(dist).slice(0, 12);
}

/** A hash of every part's name and content. */
function hashContent(dist: string): string {
  const hash = createHash('sha256');
  for (const part of PARTS) {
    const path = join(dist, part);
    const files = statSync(path).isDirectory() ? readdirSync(path, { recursive: true }).map(String).toSorted() : [''];
    for (const file of files) {
      const full = join(path, file);
      if (statSync(full).isFile()) hash.update(`${part}/${file}\0`).update(readFileSync(full));
    }
  }
  return hash.digest('hex');
}

async function makeDirectory(path: string, mode: number): Promise<void> {
  if (existsSync(path)) return;
  await mkdir(path, { recursive: true });
  await chmod(path, mode);
}

async function dropOldBuilds(apps: string): Promise<void> {
  const found = (await readdir(apps)).map((name) => ({
    path: join(apps, name),
    // Gone by now: another process moved its copy into place.
    at: statSync(join(apps, name), { throwIfNoEntry: false })?.mtimeMs ?? 0,
    aside: name.startsWith(ASIDE),
  }));
  const builds = found.filter(({ aside }) => !aside).toSorted((a, b) => b.at - a.at);
  const abandoned = found.filter(({ aside, at }) => aside && at < Date.now() - ABANDONED_AFTER_MS);
  for (const { path } of [...builds.slice(KEPT), ...abandoned]) await rm(path, { recursive: true, force: true });
}

import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { chmod, cp, mkdir, mkdtemp, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { HiveError } from '../../../protocol/errors.ts';
import type { SetupStep } from './setup-context.ts';

const PARTS = ['hived.mjs', 'gateway.mjs', 'forge.mjs', 'dashboard.mjs', 'better_sqlite3.node', 'web'];
/** The running build, and one to go back to. */
const KEPT = 3;

/** The build, put where the hive's unprivileged services can read it wherever the checkout lies. */
export const appStep: SetupStep = {
  title: 'application',
  async run(context) {
    const { root } = context.settings;
    const build = identifyBuild(context.dist);
    const apps = join(root, 'app');
    await makeDirectory(root, 0o711);
    await makeDirectory(apps, 0o755);
    await makeDirectory(join(root, 'logs'), 0o700);
    const target = join(apps, build);
    if (!existsSync(target)) {
      const aside = await mkdtemp(join(apps, '.incoming-'));
      try {
        for (const part of PARTS) await cp(join(context.dist, part), join(aside, part), { recursive: true });
        await chmod(aside, 0o755);
        await rename(aside, target);
      } finally {
        await rm(aside, { recursive: true, force: true });
      }
    }
    const now = new Date();
    await utimes(target, now, now);
    await dropOldBuilds(apps);
    return `build ${build}`;
  },
};

const buildStamp = z.object({ hash: z.string().regex(/^[0-9a-f]{12}$/) });

/** A name for what is in dist/: that of its sources, or (built part by part) of its content. */
export function identifyBuild(dist: string): string {
  const missing = PARTS.filter((part) => !existsSync(join(dist, part)));
  if (missing.length > 0)
    throw new HiveError('setup_failed', `The build lacks ${missing.join(', ')}. Run "npm start", which builds it.`);
  const stamp = join(dist, 'build.json');
  if (existsSync(stamp)) return buildStamp.parse(JSON.parse(readFileSync(stamp, 'utf8'))).hash;
  const hash = createHash('sha256');
  for (const part of PARTS.filter((name) => name !== 'web')) hash.update(readFileSync(join(dist, part)));
  return hash.digest('hex').slice(0, 12);
}

async function makeDirectory(path: string, mode: number): Promise<void> {
  if (existsSync(path)) return;
  await mkdir(path, { recursive: true });
  await chmod(path, mode);
}

async function dropOldBuilds(apps: string): Promise<void> {
  const found = await Promise.all(
    (await readdir(apps)).map(async (name) => ({ path: join(apps, name), at: (await stat(join(apps, name))).mtimeMs })),
  );
  for (const { path } of found.toSorted((a, b) => b.at - a.at).slice(KEPT))
    await rm(path, { recursive: true, force: true });
}

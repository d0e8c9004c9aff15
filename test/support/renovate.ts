import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const CACHE = join(import.meta.dirname, '../../.cache');

/** The last version that runs on Node 20. Its packages are those of that day, whenever it is installed. */
const VERSION = '39.264.1';
const PACKAGES_OF = '2025-11-01';

/**
 * The program of Renovate, installed once beside the project's own packages: it brings several hundred, none of which the
 * project needs. No install scripts run.
 */
export async function installRenovate(): Promise<string> {
  const place = join(CACHE, `renovate-${VERSION}`);
  const program = join(place, 'node_modules/renovate/dist/renovate.js');
  if (existsSync(program)) return program;
  await mkdir(CACHE, { recursive: true });
  const aside = await mkdtemp(join(CACHE, 'renovate-'));
  try {
    await writeFile(
      join(aside, 'package.json'),
      JSON.stringify({ private: true, dependencies: { renovate: VERSION } }),
    );
    const quiet = ['--ignore-scripts', '--omit=optional', '--no-audit', '--no-fund', '--prefer-offline'];
    await run('npm', ['install', ...quiet, `--before=${PACKAGES_OF}`], { cwd: aside, maxBuffer: 16 * 1024 * 1024 });
    await rename(aside, place).catch((error: NodeJS.ErrnoException) => {
      // Another worker was faster.
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
    });
  } finally {
    await rm(aside, { recursive: true, force: true });
  }
  return program;
}

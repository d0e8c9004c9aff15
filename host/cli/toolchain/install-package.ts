import { readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { HiveError } from '../../../protocol/errors.ts';
import { runProgram } from '../process/run-program.ts';
import { lastLines } from '../setup/apt.ts';
import type { Settings } from '../config.ts';

/** What a download needs of its command. */
export interface Downloading {
  readonly settings: Pick<Settings, 'childEnv'>;
  readonly signal: AbortSignal;
}

const hiddenLock = z.object({ packages: z.record(z.string(), z.object({ integrity: z.string().optional() })) });

/**
 * Installs one package from npm into `dir`, without its scripts and optional packages, verifies it against the known
 * checksum, and returns the package's directory. Throws `setup_failed` when it cannot be had, or is another one.
 */
export async function installPackage(
  { settings, signal }: Downloading,
  wanted: { dir: string; name: string; version: string; integrity: string },
): Promise<string> {
  const { dir, name, version } = wanted;
  await mkdir(dir, { recursive: true });
  await writeFile(join(dir, 'package.json'), '{"private":true}\n');
  const options = ['--ignore-scripts', '--omit=optional', '--no-audit', '--no-fund', '--no-save'];
  const args = ['install', '--prefix', dir, ...options, `${name}@${version}`];
  const { code, output } = await runProgram('npm', { args, env: settings.childEnv, signal, cwd: dir });
  if (code !== 0)
    throw new HiveError(
      'setup_failed',
      `npm could not install ${name}@${version}:\n${lastLines(output, 6)}\nRun the same command again when the npm registry can be reached.`,
    );
  const lock = hiddenLock.parse(JSON.parse(readFileSync(join(dir, 'node_modules/.package-lock.json'), 'utf8')));
  const got = lock.packages[`node_modules/${name}`]?.integrity;
  if (got !== wanted.integrity)
    throw new HiveError(
      'setup_failed',
      `${name}@${version} is not the package that was tried (its checksum differs), so it was not installed. Check your npm registry.`,
    );
  return join(dir, 'node_modules', name);
}

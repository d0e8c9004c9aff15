import { readFileSync } from 'node:fs';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { HiveError } from '../../../protocol/errors.ts';
import { runProgram } from '../process/run-program.ts';
import { lastLines } from './apt.ts';
import type { SetupContext } from './setup-context.ts';

/** The newest Claude Code that was tried with the harness's driver. Its native binary needs nothing but glibc. */
export const CLAUDE_VERSION = '2.1.197';

/** What npm must get for that version, whatever the registry says today. */
const CLAUDE_INTEGRITY: Record<string, string> = {
  x64: 'sha512-rIlKmrY0QMyHgPRX/MYWNj039vbypICvI9jVe3rs9Xy2RnNklySjyPxqh62QadznzoftEO23uYQ1tFePcQ//bg==',
  arm64: 'sha512-sx6SoGj3MNR5CV+YDkNtbLHXa1tn3G8qcYFgm1gnvOi9ODQUKbhiPfankJfkTMDVekOvnKJhm6i9hGFIPzp7cQ==',
};

/**
 * Whether the node that runs us can run in any glibc image: one that distributions link against libraries of their
 * own, or against musl, cannot; the same version then comes from npm.
 */
export function decideNode(variables: Readonly<Record<string, unknown>>, glibc: string | undefined): 'copy' | 'fetch' {
  const shared = Object.entries(variables).some(([name, value]) => name.startsWith('node_shared') && value === true);
  return shared || glibc === undefined ? 'fetch' : 'copy';
}

interface Fetching {
  /** A directory of our own for npm. */
  readonly dir: string;
  /** Where the program goes. */
  readonly target: string;
}

export async function fetchClaude(context: SetupContext, fetching: Fetching): Promise<void> {
  const integrity = CLAUDE_INTEGRITY[process.arch];
  if (integrity === undefined)
    throw new HiveError('setup_failed', `Claude Code cannot be had for ${process.arch}; it needs x64 or arm64.`);
  const name = `@anthropic-ai/claude-code-linux-${process.arch}`;
  await installPackage(context, { ...fetching, name, version: CLAUDE_VERSION, integrity });
  await rename(join(fetching.dir, 'node_modules', name, 'claude'), fetching.target);
}

export async function fetchNode(context: SetupContext, fetching: Fetching): Promise<void> {
  const name = `node-linux-${process.arch}`;
  await installPackage(context, { ...fetching, name, version: process.versions.node, integrity: null });
  await rename(join(fetching.dir, 'node_modules', name, 'bin/node'), fetching.target);
}

/** The npm that boxes find beside node. It brings its own packages along. */
export const NPM_VERSION = '10.9.4';
const NPM_INTEGRITY = 'sha512-OnUG836FwboQIbqtefDNlyR0gTHzIfwRfE3DuiNewBvnMnWEpB0VEXwBlFVgqpNzIgYo/MHh3d2Hel/pszapAA==';

export async function fetchNpm(context: SetupContext, fetching: Fetching): Promise<void> {
  await installPackage(context, { ...fetching, name: 'npm', version: NPM_VERSION, integrity: NPM_INTEGRITY });
  await rename(join(fetching.dir, 'node_modules/npm'), fetching.target);
}

const hiddenLock = z.object({ packages: z.record(z.string(), z.object({ integrity: z.string().optional() })) });

/** Installs one package, without its scripts, and holds it against the checksum we know. */
async function installPackage(
  context: SetupContext,
  wanted: { dir: string; name: string; version: string; integrity: string | null },
): Promise<void> {
  const { dir, name, version } = wanted;
  await mkdir(dir, { recursive: true });
  await writeFile(join(dir, 'package.json'), '{"private":true}\n');
  const args = [
    'install',
    '--prefix',
    dir,
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
    '--no-save',
    `${name}@${version}`,
  ];
  const { code, output } = await runProgram('npm', {
    args,
    env: context.settings.childEnv,
    signal: context.signal,
    cwd: dir,
  });
  if (code !== 0)
    throw new HiveError(
      'setup_failed',
      `npm could not install ${name}@${version}:\n${lastLines(output, 6)}\nRun the same command again when the npm registry can be reached.`,
    );
  const lock = hiddenLock.parse(JSON.parse(readFileSync(join(dir, 'node_modules/.package-lock.json'), 'utf8')));
  const got = lock.packages[`node_modules/${name}`]?.integrity;
  if (wanted.integrity !== null && got !== wanted.integrity)
    throw new HiveError(
      'setup_failed',
      `${name}@${version} is not the package that was tried (its checksum differs), so it was not installed. Check your npm registry.`,
    );
}

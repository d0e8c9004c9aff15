import { existsSync } from 'node:fs';
import { chmod, link, mkdir, rename, symlink } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { cliDir, cliInUse, cliProgram } from '../../../protocol/cli-places.ts';
import { HiveError } from '../../../protocol/errors.ts';
import { type Changing, readText } from './change-toolchain.ts';
import type { Pinned } from './find-pinned.ts';
import { type Downloading, installPackage, openToAll } from './install-package.ts';

/**
 * Puts a version of a CLI into the toolchain, unless it is there. Its directory appears complete, after the package was
 * verified. Throws `setup_failed`, also for a processor that it has no package for.
 */
export async function placeCli(
  changing: Changing,
  wanted: Pinned,
  { downloading, report }: { downloading: Downloading; report: (doing: string) => void },
): Promise<'placed' | 'was_there'> {
  const target = join(changing.toolchain, cliDir(wanted));
  if (existsSync(target)) return 'was_there';
  const made = (await adopt(changing, wanted)) ?? (await fetchCli(changing, wanted, { downloading, report }));
  await mkdir(dirname(target), { recursive: true });
  await chmod(dirname(target), 0o755);
  try {
    await rename(made, target);
  } catch (error) {
    // Somebody else has placed it meanwhile.
    if (existsSync(target)) return 'was_there';
    throw error;
  }
  return 'placed';
}

async function fetchCli(
  { aside }: Changing,
  { cli, version, part, pinned }: Pinned,
  { downloading, report }: { downloading: Downloading; report: (doing: string) => void },
): Promise<string> {
  const integrity = pinned.integrity[process.arch];
  if (integrity === undefined)
    throw new HiveError(
      'setup_failed',
      `${part.title} ${version} cannot be had for ${process.arch}; it needs ${Object.keys(pinned.integrity).join(' or ')}.`,
    );
  report(`installing ${part.title} ${version}`);
  const dir = join(await aside(), `npm-${cli}-${version}`);
  const made = await installPackage(downloading, { dir, ...part.packageOf(version, process.arch), integrity });
  const program = part.program(process.arch);
  if (!existsSync(join(made, program)))
    throw new HiveError('setup_failed', `The package of ${part.title} ${version} lacks its program (${program}).`);
  await linkProgram(made, cli, program);
  await openToAll(made);
  return made;
}

/**
 * Earlier Hyperhives had one version of a CLI, at `<cli>/<cli>`. It is linked into a directory of its own, without a
 * download. The old path stays for boxes that were made with it.
 */
async function adopt({ toolchain, aside }: Changing, { cli, version, part }: Pinned): Promise<string | null> {
  const before = join(toolchain, oldProgram(cli));
  if (!existsSync(before) || readText(join(toolchain, cliInUse(cli))) !== version) return null;
  const made = join(await aside(), `adopted-${cli}`);
  const program = part.program(process.arch);
  await mkdir(dirname(join(made, program)), { recursive: true });
  await link(before, join(made, program));
  await linkProgram(made, cli, program);
  await openToAll(made);
  return made;
}

/** The path of the only version in the toolchains of earlier Hyperhives. */
export function oldProgram(cli: string): string {
  return `${cli}/${cli}`;
}

async function linkProgram(dir: string, cli: string, program: string): Promise<void> {
  await chmod(join(dir, program), 0o755);
  const path = cliProgram(dir, cli);
  if (existsSync(path)) return;
  await mkdir(dirname(path), { recursive: true });
  await symlink(relative(dirname(path), join(dir, program)), path);
}

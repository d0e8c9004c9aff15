import { existsSync, readdirSync } from 'node:fs';
import { lstat, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { cliDir, cliInUse, cliProgram, type CliVersion } from '../../../protocol/cli-places.ts';
import { type Changing, readText, replaceText } from './change-toolchain.ts';
import { type Catalogue, defaultVersion } from './find-pinned.ts';
import { oldProgram } from './place-cli.ts';

/** The versions in a toolchain, also those that this Hyperhive does not know. */
export function listPlaced(toolchain: string): CliVersion[] {
  return directories(toolchain).flatMap((cli) =>
    directories(join(toolchain, cli))
      .map((version) => ({ cli, version }))
      .filter((each) => existsSync(join(toolchain, cliProgram(cliDir(each), cli)))),
  );
}

/** The version of a CLI that new boxes get; null when it has none. */
export function versionInUse(toolchain: string, cli: string): string | null {
  return readText(join(toolchain, cliInUse(cli)));
}

/** The version that the operator chose, if it is still there; null: the newest one of each Hyperhive. */
export function chosenVersion(toolchain: string, cli: string): string | null {
  const version = readText(join(toolchain, chosenFile(cli)));
  return version !== null && existsSync(join(toolchain, cliDir({ cli, version }))) ? version : null;
}

/**
 * New boxes get this version from now on. A version other than the default is kept by later set-ups; the default makes
 * way for the next Hyperhive's.
 */
export async function useVersion(changing: Changing, catalogue: Catalogue, wanted: CliVersion): Promise<void> {
  const { cli, version } = wanted;
  const part = catalogue[cli];
  const isDefault = part !== undefined && defaultVersion(cli, part).version === version;
  if (isDefault) await rm(join(changing.toolchain, chosenFile(cli)), { force: true });
  else if (chosenVersion(changing.toolchain, cli) !== version) await replaceText(changing, chosenFile(cli), version);
  if (versionInUse(changing.toolchain, cli) !== version) await replaceText(changing, cliInUse(cli), version);
}

/** Removes a version; with `isLast` also what is known of the CLI. */
export async function removeVersion(
  changing: Changing,
  wanted: CliVersion,
  { isLast }: { isLast: boolean },
): Promise<void> {
  const { toolchain, aside } = changing;
  const { cli } = wanted;
  // In this order: a new box is never made with a version that is being removed.
  if (isLast) await rm(join(toolchain, cliInUse(cli)), { force: true });
  await rename(join(toolchain, cliDir(wanted)), join(await aside(), 'removed'));
  if (isLast) await rm(join(toolchain, cli), { recursive: true, force: true });
}

/** Removes the program of an earlier Hyperhive, which only boxes of that time use. */
export async function removeOldProgram({ toolchain }: Changing, cli: string): Promise<void> {
  await rm(join(toolchain, oldProgram(cli)), { force: true });
}

/** The size of a version's files in bytes, as it is on the disk. */
export async function measureVersion(toolchain: string, version: CliVersion): Promise<number> {
  const entries = await readdir(join(toolchain, cliDir(version)), { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const sizes = await Promise.all(files.map(async (file) => (await lstat(file)).blocks * 512));
  return sizes.reduce((sum, size) => sum + size, 0);
}

function chosenFile(cli: string): string {
  return `${cli}/chosen`;
}

function directories(dir: string): string[] {
  if (!existsSync(dir)) return [];
  return readdirSync(dir, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
    .map(({ name }) => name)
    .toSorted();
}

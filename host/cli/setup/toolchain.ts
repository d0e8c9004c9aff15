import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { chmod, copyFile, mkdir, rename, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { sayCli } from '../../../protocol/cli-places.ts';
import { DEFAULT_DRIVER, DRIVERS } from '../../../protocol/drivers/drivers.ts';
import { HiveError } from '../../../protocol/errors.ts';
import {
  type Changing,
  changeToolchain,
  readText,
  replaceProgram,
  replaceText,
} from '../toolchain/change-toolchain.ts';
import { defaultVersion } from '../toolchain/find-pinned.ts';
import { placeCli } from '../toolchain/place-cli.ts';
import { chosenVersion, useVersion } from '../toolchain/placed-clis.ts';
import { CLIS } from './clis/clis.ts';
import { decideNode, fetchNode, fetchNpm, NPM_VERSION } from './toolchain-parts.ts';
import type { SetupContext, SetupStep } from './setup-context.ts';

/**
 * The toolchain at /opt/hive of boxes: node, the harness's bundle, the CLI of the default driver. Those of other drivers
 * are added by name (`hivectl toolchain add`): they have hundreds of megabytes.
 */
export const toolchainStep = stepFor([DRIVERS[DEFAULT_DRIVER].cli].flatMap((cli) => cli ?? []));

/** The same with all CLIs, for tests. */
export const wholeToolchainStep = stepFor(Object.keys(CLIS));

function stepFor(clis: readonly string[]): SetupStep {
  return {
    title: 'toolchain',
    run: (context, report) =>
      changeToolchain(context.settings.toolchain, async (changing) => {
        const place = { ...changing, context, report };
        // Side by side: they wait for the registry and for the disk.
        const parts = await allToTheirEnd([
          placeNode(place).then(async (node) => `${node}, ${await placeNpm(place)}`),
          placeHarness(place),
          ...clis.map((cli) => placeUsed(place, cli)),
        ]);
        return parts.join(', ');
      }),
  };
}

/** As Promise.all, but nothing goes on in the temporary directory when it fails. */
async function allToTheirEnd<T>(works: readonly Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(works);
  return Promise.all(works);
}

interface Placing extends Changing {
  readonly context: SetupContext;
  readonly report: (doing: string) => void;
}

async function placeNode(placing: Placing): Promise<string> {
  const version = `${process.version} ${process.arch}`;
  if (isPlaced(placing, { program: 'node/bin/node', stamp: 'node/version', version })) return `node ${process.version}`;
  const made = join(await placing.aside(), 'node');
  const source = decideNode(process.config.variables as unknown as Record<string, unknown>, glibcVersion());
  if (source === 'copy') await copyFile(process.execPath, made);
  else {
    placing.report(`fetching node ${process.version}`);
    await fetchNode(placing.context, { dir: join(await placing.aside(), 'npm-node'), target: made });
  }
  await replaceProgram(placing, 'node/bin/node', made);
  await replaceText(placing, 'node/version', version);
  return `node ${process.version}`;
}

/**
 * npm goes beside node, where it expects to be. A program running from the replaced directory has read its files
 * already, or fails.
 */
async function placeNpm(placing: Placing): Promise<string> {
  const { toolchain } = placing;
  const home = 'node/lib/node_modules/npm';
  if (!isPlaced(placing, { program: `${home}/bin/npm-cli.js`, stamp: 'node/npm-version', version: NPM_VERSION })) {
    placing.report(`fetching npm ${NPM_VERSION}`);
    const aside = await placing.aside();
    const made = join(aside, 'npm');
    await fetchNpm(placing.context, { dir: join(aside, 'npm-npm'), target: made });
    for (const dir of ['node/lib', 'node/lib/node_modules']) {
      await mkdir(join(toolchain, dir), { recursive: true });
      await chmod(join(toolchain, dir), 0o755);
    }
    if (existsSync(join(toolchain, home))) await rename(join(toolchain, home), join(aside, 'npm-before'));
    await rename(made, join(toolchain, home));
    for (const name of ['npm', 'npx']) {
      const link = join(aside, `${name}-link`);
      await symlink(`../lib/node_modules/npm/bin/${name}-cli.js`, link);
      await rename(link, join(toolchain, 'node/bin', name));
    }
    await replaceText(placing, 'node/npm-version', NPM_VERSION);
  }
  return `npm ${NPM_VERSION}`;
}

async function placeHarness(placing: Placing): Promise<string> {
  const bundle = join(placing.context.dist, 'harness.mjs');
  if (!existsSync(bundle))
    throw new HiveError('setup_failed', 'The harness is not built. Run "npm start", which builds it.');
  const version = createHash('sha256').update(readFileSync(bundle)).digest('hex').slice(0, 12);
  if (!isPlaced(placing, { program: 'harness/harness.mjs', stamp: 'harness/version', version })) {
    const made = join(await placing.aside(), 'harness.mjs');
    await copyFile(bundle, made);
    await replaceProgram(placing, 'harness/harness.mjs', made);
    await replaceText(placing, 'harness/version', version);
  }
  return `harness ${version}`;
}

/** Installs a CLI in the version that new boxes are to get: the one that the operator chose, or else the newest. */
async function placeUsed(placing: Placing, cli: string): Promise<string> {
  const part = CLIS[cli];
  if (part === undefined) throw new Error(`a driver needs the CLI "${cli}", and no set-up places it`);
  const version = chosenVersion(placing.toolchain, cli);
  if (version !== null) {
    await useVersion(placing, CLIS, { cli, version });
    return `${sayCli({ cli, version })}, chosen`;
  }
  const wanted = defaultVersion(cli, part);
  await placeCli(placing, wanted, { downloading: placing.context, report: placing.report });
  await useVersion(placing, CLIS, wanted);
  return sayCli(wanted);
}

/** A part's stamp is written after the part itself, so a matching stamp means that the part is complete. */
function isPlaced({ toolchain }: Placing, part: { program: string; stamp: string; version: string }): boolean {
  return existsSync(join(toolchain, part.program)) && readText(join(toolchain, part.stamp)) === part.version;
}

function glibcVersion(): string | undefined {
  const report = process.report.getReport() as { header?: { glibcVersionRuntime?: string } };
  return report.header?.glibcVersionRuntime;
}

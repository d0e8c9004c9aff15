import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { chmod, copyFile, mkdir, mkdtemp, readdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DRIVER_NAMES, DRIVERS, type DriverName } from '../../../protocol/drivers/drivers.ts';
import { HiveError } from '../../../protocol/errors.ts';
import { isAlive } from '../../../system/process/inspect-process.ts';
import { CLIS } from './clis/clis.ts';
import { decideNode, fetchCli, fetchNode, fetchNpm, NPM_VERSION } from './toolchain-parts.ts';
import type { SetupContext, SetupStep } from './setup-context.ts';

/**
 * The toolchain at /opt/hive of boxes: node, the harness's bundle, the LLM CLIs. Each part is made in a temporary
 * directory and moved into place, so that a box never sees half of one; running programs keep their open files.
 * `version`, written last, names all parts: hived compares it to find outdated boxes.
 */
export const toolchainStep: SetupStep = {
  title: 'toolchain',
  async run(context, report) {
    const { toolchain } = context.settings;
    await mkdir(toolchain, { recursive: true });
    await chmod(toolchain, 0o755);
    await dropDeadParts(toolchain);
    // Created by the first part that needs it: a complete toolchain takes no disk space.
    let aside: string | null = null;
    try {
      const place: Placing = {
        context,
        report,
        aside: async () => (aside ??= await mkdtemp(join(toolchain, `.incoming-${process.pid}-`))),
      };
      const parts = [await placeNode(place), await placeNpm(place), await placeHarness(place)];
      for (const driver of DRIVER_NAMES) parts.push(...(await placeCli(place, driver)));
      const version = parts.join(', ');
      if (readText(join(toolchain, 'version')) !== version) await replaceText(place, 'version', version);
      return version;
    } finally {
      if (aside !== null) await rm(aside, { recursive: true, force: true });
    }
  },
};

interface Placing {
  readonly context: SetupContext;
  /** A temporary directory for unfinished parts. */
  readonly aside: () => Promise<string>;
  readonly report: (doing: string) => void;
}

async function placeNode(placing: Placing): Promise<string> {
  const { toolchain } = placing.context.settings;
  const version = `${process.version} ${process.arch}`;
  if (isPlaced(toolchain, { program: 'node/bin/node', stamp: 'node/version', version }))
    return `node ${process.version}`;
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
  const { toolchain } = placing.context.settings;
  const home = 'node/lib/node_modules/npm';
  if (!isPlaced(toolchain, { program: `${home}/bin/npm-cli.js`, stamp: 'node/npm-version', version: NPM_VERSION })) {
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
  const { toolchain } = placing.context.settings;
  if (!isPlaced(toolchain, { program: 'harness/harness.mjs', stamp: 'harness/version', version })) {
    const made = join(await placing.aside(), 'harness.mjs');
    await copyFile(bundle, made);
    await replaceProgram(placing, 'harness/harness.mjs', made);
    await replaceText(placing, 'harness/version', version);
  }
  return `harness ${version}`;
}

/** Installs the CLI that a driver needs; nothing for a driver that needs none. */
async function placeCli(placing: Placing, driver: DriverName): Promise<string[]> {
  const { toolchain: wanted } = DRIVERS[driver];
  if (wanted === null) return [];
  const part = CLIS[driver];
  if (part === undefined) throw new Error(`the driver "${driver}" needs ${wanted.program}, and no set-up places it`);
  const { toolchain } = placing.context.settings;
  if (!isPlaced(toolchain, { ...wanted, version: part.version })) {
    placing.report(`installing ${part.title} ${part.version}`);
    const made = join(await placing.aside(), driver);
    await fetchCli(placing.context, part, { dir: join(await placing.aside(), `npm-${driver}`), target: made });
    await replaceProgram(placing, wanted.program, made);
    await replaceText(placing, wanted.stamp, part.version);
  }
  return [`${wanted.name} ${part.version}`];
}

/** A part's stamp is written after the part itself, so a matching stamp means that the part is complete. */
function isPlaced(toolchain: string, part: { program: string; stamp: string; version: string }): boolean {
  return existsSync(join(toolchain, part.program)) && readText(join(toolchain, part.stamp)) === part.version;
}

async function replaceProgram({ context }: Placing, name: string, made: string): Promise<void> {
  const target = join(context.settings.toolchain, name);
  for (let dir = join(target, '..'); dir.length > context.settings.toolchain.length; dir = join(dir, '..')) {
    await mkdir(dir, { recursive: true });
    await chmod(dir, 0o755);
  }
  await chmod(made, 0o755);
  await rename(made, target);
}

async function replaceText({ context, aside }: Placing, name: string, text: string): Promise<void> {
  const made = join(await aside(), 'text');
  await writeFile(made, `${text}\n`);
  await chmod(made, 0o644);
  await rename(made, join(context.settings.toolchain, name));
}

function readText(file: string): string | null {
  return existsSync(file) ? readFileSync(file, 'utf8').trim() : null;
}

/** Removes the leftovers of set-ups that were killed half way. */
async function dropDeadParts(toolchain: string): Promise<void> {
  for (const name of await readdir(toolchain)) {
    const pid = /^\.incoming-(\d+)-/.exec(name)?.[1];
    if (pid !== undefined && !isAlive(Number(pid))) await rm(join(toolchain, name), { recursive: true, force: true });
  }
}

function glibcVersion(): string | undefined {
  const report = process.report.getReport() as { header?: { glibcVersionRuntime?: string } };
  return report.header?.glibcVersionRuntime;
}

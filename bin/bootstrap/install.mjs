// @ts-check
// node_modules: compares the installed packages with package-lock.json, and installs the difference.
import { accessSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, dirname, join } from 'node:path';
import { run, StepFailed } from './children.mjs';

/** @typedef {{ packages: Record<string, { version?: string, optional?: boolean, link?: boolean }> }} Lock */

/**
 * Decides whether node_modules must be installed or rebuilt. `installed` is the list that npm writes there as the very
 * last act of an install, so an interrupted one never looks complete. Optional packages of other platforms may be
 * missing.
 * @param {{ wanted: Lock, installed: Lock | null, nativeLoads: boolean }} facts
 * @returns {'nothing' | 'rebuild' | 'install'}
 */
export function decideInstall({ wanted, installed, nativeLoads }) {
  if (installed === null) return 'install';
  for (const [path, entry] of Object.entries(wanted.packages)) {
    if (path === '') continue;
    const found = installed.packages[path];
    if (found === undefined ? entry.optional !== true : found.version !== entry.version) return 'install';
  }
  return nativeLoads ? 'nothing' : 'rebuild';
}

/** Packages whose install scripts run. Others have some too (esbuild, ssh2, …) and work without. */
export const SCRIPTED = ['better-sqlite3'];

/**
 * npm's commands. Installing runs no package's script, whatever the user's npmrc says; building needs dev dependencies,
 * whatever NODE_ENV says.
 */
export const NPM_COMMANDS = {
  install: ['ci', '--include=dev', '--ignore-scripts'],
  compile: ['rebuild', ...SCRIPTED, '--ignore-scripts=false'],
};

/**
 * Installs node_modules when needed. `compile`: SQLite is to be compiled yet, by `compileNative`; a compiler is there,
 * as far as one can be installed.
 * @param {string} top
 * @param {(line: string) => void} say
 * @returns {Promise<'compile' | 'nothing'>}
 */
export async function ensureInstalled(top, say) {
  const todo = decideInstall({
    wanted: JSON.parse(readFileSync(join(top, 'package-lock.json'), 'utf8')),
    installed: readInstalled(top),
    nativeLoads: loadsNative(top),
  });
  if (todo === 'install') {
    say('Installing npm packages …');
    await npm(top, say, NPM_COMMANDS.install);
  }
  linkHivectl(top);
  if (todo !== 'nothing') await ensureCompiler(top, say);
  return todo === 'nothing' ? 'nothing' : 'compile';
}

/**
 * Compiles the packages whose scripts run, or fetches them prebuilt where there are such.
 * @param {string} top
 * @param {(line: string) => void} say
 */
export async function compileNative(top, say) {
  say('Compiling SQLite for this Node (up to two minutes) …');
  await npm(top, say, NPM_COMMANDS.compile);
  if (!loadsNative(top))
    throw new StepFailed('npm rebuild failed: better-sqlite3 was not compiled.', { advice: ADVICE });
}

const ADVICE =
  'It needs the npm registry, and a compiler for SQLite (Debian: sudo apt-get install g++ make python3). Then run the same command again.';

/** @param {string} top @param {(line: string) => void} say @param {string[]} args */
async function npm(top, say, args) {
  const started = Date.now();
  const { code, tail } = await run('npm', [...args, '--no-audit', '--no-fund'], {
    cwd: top,
    env: npmEnv(),
    keep: 65_536,
  });
  if (code !== 0) throw new StepFailed(`npm ${args[0]} failed.`, { tail: errorLines(tail), advice: ADVICE });
  say(`  npm ${args[0]} done in ${Math.round((Date.now() - started) / 1000)} s`);
}

/** npm's error messages, without its usage text. @param {string} output */
function errorLines(output) {
  const lines = output.split('\n').filter((line) => line.startsWith('npm error'));
  const told = (lines.length === 0 ? output.split('\n').slice(-15) : lines.slice(0, 15)).join('\n');
  // npm's messages contain a proxy's URL with its password.
  return told.replaceAll(/(:\/\/)[^/\s"'<>]*@/g, '$1***@');
}

/** @param {string} top @returns {Lock | null} */
function readInstalled(top) {
  try {
    return JSON.parse(readFileSync(join(top, 'node_modules/.package-lock.json'), 'utf8'));
  } catch {
    return null;
  }
}

/** Whether SQLite's native module exists and loads in this Node. @param {string} top */
function loadsNative(top) {
  try {
    createRequire(import.meta.url)(join(top, 'node_modules/better-sqlite3/build/Release/better_sqlite3.node'));
    return true;
  } catch {
    return false;
  }
}

/**
 * As root on Debian and its derivatives a missing compiler is installed; elsewhere npm may still find a prebuilt
 * binary.
 */
async function ensureCompiler(/** @type {string} */ top, /** @type {(line: string) => void} */ say) {
  const missing = ['g++', 'make', 'python3'].filter((name) => !onPath(name));
  if (missing.length === 0 || process.getuid?.() !== 0 || !onPath('apt-get')) return;
  say(`Installing ${missing.join(', ')} (to compile SQLite) …`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  await run('apt-get', ['update', '-q'], { cwd: top, env });
  const { code, tail } = await run('apt-get', ['install', '-y', '-q', '--no-install-recommends', ...missing], {
    cwd: top,
    env,
  });
  if (code !== 0)
    throw new StepFailed('apt-get could not install a compiler.', {
      tail,
      advice: `Type: apt-get install ${missing.join(' ')}`,
    });
}

/** Node headers next to this Node save node-gyp a download. */
function npmEnv() {
  const prefix = dirname(dirname(process.execPath));
  const header = join(prefix, 'include/node/node_version.h');
  // node-gyp compiles with all processors.
  /** @type {NodeJS.ProcessEnv} */
  const env = { JOBS: 'max', ...process.env };
  if (
    existsSync(header) &&
    readFileSync(header, 'utf8').includes(`NODE_PATCH_VERSION ${process.versions.node.split('.')[2]}`)
  )
    env['npm_config_nodedir'] ??= prefix;
  return env;
}

/** Makes `npx hivectl` work in the checkout. @param {string} top */
function linkHivectl(top) {
  const link = join(top, 'node_modules/.bin/hivectl');
  if (existsSync(link)) return;
  rmSync(link, { force: true });
  mkdirSync(dirname(link), { recursive: true });
  symlinkSync('../../bin/hivectl.mjs', link);
}

/** @param {string} program */
function onPath(program) {
  return (process.env['PATH'] ?? '').split(delimiter).some((dir) => {
    try {
      accessSync(join(dir, program), 1);
      return true;
    } catch {
      return false;
    }
  });
}

// @ts-check
// The steps before anything of Hyperhive can run: packages and a build. Plain Node, no dependencies.
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Interrupted, run, StepFailed } from './children.mjs';
import { compileNative, ensureInstalled } from './install.mjs';
import { hashSources } from './source-hash.mjs';

/** The checkout. */
export const top = join(dirname(fileURLToPath(import.meta.url)), '../..');

const say = (/** @type {string} */ line) => void process.stdout.write(`${line}\n`);

/** Brings node_modules and (unless `build` is false) dist/ up to date. */
export async function bootstrap({ build = true } = {}) {
  checkNode();
  if ((await ensureInstalled(top, say)) === 'compile') await compileNative(top, say);
  if (build) await ensureBuilt();
}

function checkNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 19))
    throw new StepFailed(`This is Node ${process.versions.node}; Hyperhive needs 20.19 or newer.`, {
      advice: 'Install a newer Node (see docs/getting-started.md) and run the same command again.',
    });
  if (process.platform !== 'linux')
    throw new StepFailed(`Hyperhive runs on Linux; this is ${process.platform}.`, {
      advice: 'Use a Linux machine or a virtual one.',
    });
}

async function ensureBuilt() {
  if (builtFrom() === hashSources(top)) return;
  say('Building …');
  const started = Date.now();
  const { code, tail } = await run(process.execPath, ['bin/build.mjs'], { cwd: top });
  if (code !== 0)
    throw new StepFailed('The build failed.', { tail, advice: 'Mend what it says and run the same command again.' });
  say(`  done in ${((Date.now() - started) / 1000).toFixed(1)} s`);
}

/** The hash of the sources that dist/ was built from; null when there is no complete build. */
function builtFrom() {
  const stamp = join(top, 'dist/build.json');
  if (!existsSync(stamp)) return null;
  try {
    return JSON.parse(readFileSync(stamp, 'utf8')).hash;
  } catch {
    return null;
  }
}

/**
 * Runs a command's main function; failures become one clear message and the right exit code.
 * @param {() => Promise<number>} main
 */
export async function exitWith(main) {
  try {
    process.exitCode = await main();
  } catch (error) {
    if (error instanceof Interrupted) {
      process.stderr.write('\nInterrupted. Run the same command again to go on.\n');
      process.exitCode = 130;
    } else if (error instanceof StepFailed) {
      if (error.tail !== '') process.stderr.write(`${error.tail.trimEnd()}\n\n`);
      process.stderr.write(`error: ${error.message}\n${error.advice === '' ? '' : `${error.advice}\n`}`);
      process.exitCode = 70;
    } else throw error;
  }
}

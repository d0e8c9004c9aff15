// @ts-check
// `npm run check`: types, lint, format, unused code and unit tests, all in parallel; at the end it names those that
// failed.
import { mkdtempSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bootstrap, exitWith, top } from './bootstrap/bootstrap.mjs';
import { run } from './bootstrap/children.mjs';

/** @type {Record<string, string[]>} */
const CHECKS = {
  // One program for both: the compiler's own findings, and the rules that need its types. Two would check all types twice.
  'types and lint': ['oxlint', '--type-aware', '--type-check', '--deny-warnings'],
  format: ['oxfmt', '--check', '.'],
  unused: ['knip', '--cache', '--cache-location', '.cache/knip'],
  // Compiled modules are kept between runs: a fifth of the processor time.
  units:
    // Each worker loads all modules for itself.
    'vitest run --project unit --maxWorkers=3 --reporter=dot --no-color --experimental.fsModuleCache --experimental.fsModuleCachePath=.cache/vitest'.split(
      ' ',
    ),
};

/** The checks run in parallel: the programs written in Go would occupy all processors. */
const env = { ...process.env, GOMAXPROCS: '2' };

const say = (/** @type {string} */ line) => void process.stdout.write(`${line}\n`);

await exitWith(async () => {
  await bootstrap({ build: false });
  const started = Date.now();
  const scratch = mkdtempSync(join(findRoomyMemory() ?? tmpdir(), 'hive-check-'));
  const results = await Promise.all(Object.entries(CHECKS).map((check) => runCheck(check, scratch))).finally(() =>
    rmSync(scratch, { recursive: true, force: true }),
  );
  const failed = results.filter(({ code }) => code !== 0).map(({ name }) => name);
  const took = `${((Date.now() - started) / 1000).toFixed(1)} s`;
  say(failed.length === 0 ? `all checks passed in ${took}` : `failed: ${failed.join(', ')} (${took})`);
  return failed.length === 0 ? 0 : 1;
});

/**
 * Unit tests write many small databases; what a disk must keep is for the other tests to show. Null where memory cannot
 * be written to as files, or has less than 1 GiB.
 */
function findRoomyMemory() {
  try {
    const { bavail, bsize } = statfsSync('/dev/shm');
    return bavail * bsize >= 1024 ** 3 ? '/dev/shm' : null;
  } catch {
    return null;
  }
}

/** @param {[string, string[]]} check @param {string} scratch */
async function runCheck([name, [program = '', ...args]], scratch) {
  const started = Date.now();
  const { code, tail } = await run(`node_modules/.bin/${program}`, args, {
    cwd: top,
    env: { ...env, TMPDIR: scratch },
    keep: 200_000,
  });
  say(`${code === 0 ? 'ok    ' : 'FAILED'} ${name} (${((Date.now() - started) / 1000).toFixed(1)} s)`);
  if (code !== 0) say(tail.trimEnd());
  return { name, code };
}

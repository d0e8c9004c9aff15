// @ts-check
// `npm test`: sets up what tests need (engine, base image, toolchain, browser), then runs all of them.
// Arguments go to vitest: `npm test -- --project unit`, `npm test -- test/mail.test.ts`.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bootstrap, exitWith, top } from './bootstrap/bootstrap.mjs';
import { handOver } from './bootstrap/children.mjs';
import { summarize } from './testing/last-line.mjs';

const say = (/** @type {string} */ line) => void process.stdout.write(`${line}\n`);

await exitWith(async () => {
  const toolchain = process.env['HIVE_TOOLCHAIN_DIR'] ?? join(top, '.cache/test-toolchain');
  const env = {
    ...process.env,
    HIVE_TOOLCHAIN_DIR: toolchain,
    HIVE_TEST_TOOLCHAIN: toolchain,
  };
  await bootstrap();
  const setup = await handOver(process.execPath, ['bin/hivectl.mjs', 'setup', '--for-tests'], { cwd: top, env });
  if (setup !== 0) {
    say('0 passed, 1 failed');
    return setup;
  }
  return runTests(env);
});

/** @param {NodeJS.ProcessEnv} env */
async function runTests(env) {
  const scratch = mkdtempSync(join(tmpdir(), 'hive-test-'));
  const file = join(scratch, 'summary.json');
  try {
    const reporters = ['--reporter=default', '--reporter=./bin/testing/summary-reporter.mjs'];
    const code = await handOver(
      process.execPath,
      ['node_modules/vitest/vitest.mjs', 'run', ...reporters, ...process.argv.slice(2)],
      {
        cwd: top,
        env: { ...env, HIVE_TEST_SUMMARY: file },
      },
    );
    const { lines, ok } = summarize(readSummary(file), code);
    for (const line of lines) say(line);
    if (code === 130 || code === 143) return code;
    return ok ? 0 : 1;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** @param {string} file @returns {import('./testing/summary-reporter.mjs').Summary | null} */
function readSummary(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return null;
  }
}

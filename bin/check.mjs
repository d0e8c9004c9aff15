// @ts-check
// `npm run check`: types, lint, format, unused code, unit tests; all at once, and which of them failed at the end.
import { bootstrap, exitWith, top } from './bootstrap/bootstrap.mjs';
import { run } from './bootstrap/children.mjs';

/** @type {Record<string, string[]>} */
const CHECKS = {
  types: ['tsc', '-p', '.'],
  lint: ['oxlint', '--type-aware', '--deny-warnings'],
  format: ['oxfmt', '--check', '.'],
  unused: ['knip'],
  units: ['vitest', 'run', '--project', 'unit', '--reporter=dot', '--no-color'],
};

const say = (/** @type {string} */ line) => void process.stdout.write(`${line}\n`);

await exitWith(async () => {
  await bootstrap({ build: false });
  const started = Date.now();
  const results = await Promise.all(Object.entries(CHECKS).map(runCheck));
  const failed = results.filter(({ code }) => code !== 0).map(({ name }) => name);
  const took = `${((Date.now() - started) / 1000).toFixed(1)} s`;
  say(failed.length === 0 ? `all checks passed in ${took}` : `failed: ${failed.join(', ')} (${took})`);
  return failed.length === 0 ? 0 : 1;
});

/** @param {[string, string[]]} check */
async function runCheck([name, [program = '', ...args]]) {
  const started = Date.now();
  const { code, tail } = await run(`node_modules/.bin/${program}`, args, { cwd: top, keep: 200_000 });
  say(`${code === 0 ? 'ok    ' : 'FAILED'} ${name} (${((Date.now() - started) / 1000).toFixed(1)} s)`);
  if (code !== 0) say(tail.trimEnd());
  return { name, code };
}

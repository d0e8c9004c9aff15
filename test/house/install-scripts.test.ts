import { readFileSync } from 'node:fs';
import { transform } from 'esbuild';
import { expect, test } from 'vitest';
import { NPM_COMMANDS, SCRIPTED } from '../../bin/bootstrap/install.mjs';

const lock = JSON.parse(readFileSync(new URL('../../package-lock.json', import.meta.url), 'utf8')) as {
  packages: Record<string, { hasInstallScript?: boolean }>;
};

/** Packages with install scripts that are not run, and why they work without them. */
const WITHOUT: Record<string, string> = {
  'cpu-features': 'optional speed-up of ssh2',
  esbuild: 'its program is a package of its own; the script only replaces a wrapper',
  protobufjs: 'its script only warns of a version range in the package that installs it',
  ssh2: 'optional native ciphers; the engine is reached by a Unix socket',
};

// A new package with a script must be reviewed before it runs code on the machine of everybody who installs.
test('every package with an install script is known: to be needed, or to work without', () => {
  const scripted = Object.entries(lock.packages)
    .filter(([, entry]) => entry.hasInstallScript === true)
    .map(([path]) => path.split('node_modules/').at(-1) ?? '');
  expect([...new Set(scripted)].toSorted()).toEqual([...SCRIPTED, ...Object.keys(WITHOUT)].toSorted());
});

test('an install runs the scripts of the packages that need them and of no other', async () => {
  expect(NPM_COMMANDS).toEqual({
    install: ['ci', '--include=dev', '--ignore-scripts'],
    compile: ['rebuild', 'better-sqlite3', '--ignore-scripts=false'],
  });
  expect((await transform('let a: number = 1', { loader: 'ts' })).code).toContain('let a = 1');
});

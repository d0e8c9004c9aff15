import { dirname, join, normalize } from 'node:path';
import { expect, test } from 'vitest';
import { importsOf, readSources } from './sources.ts';

/**
 * The layers ("floors") of hived. A file imports files of its own layer and of layers below it: composition, surfaces,
 * modules, the engines, services and files of this machine, the core, the configuration. `testing/` and tests are
 * exempt.
 */
const DAEMON = 'host/daemon/';
const FLOORS: Readonly<Record<string, number>> = {
  composition: 6,
  surfaces: 5,
  modules: 4,
  runtime: 3,
  services: 3,
  node: 2,
  core: 1,
  config: 0,
};
/** Files directly in the folder that are not composition. */
const LOOSE: Readonly<Record<string, string>> = {
  // Settings: the configuration, and its location on this machine.
  'config.ts': 'node',
  'lock.ts': 'node',
};
const sources = readSources().filter(({ path, isTest }) => path.startsWith(DAEMON) && !isTest);

function floorOf(path: string): string {
  const [room = '', ...inner] = path.slice(DAEMON.length).split('/');
  if (inner.length === 0) return LOOSE[room] ?? 'composition';
  return room;
}

function moduleOf(path: string): string | null {
  return /^host\/daemon\/modules\/([^/]+)\//.exec(path)?.[1] ?? null;
}

function importsWithin(file: { path: string; text: string }): string[] {
  return importsOf(file.text)
    .filter((name) => name.startsWith('.'))
    .map((name) => normalize(join(dirname(file.path), name)))
    .filter((target) => target.startsWith(DAEMON));
}

const links = sources.flatMap((file) => importsWithin(file).map((target) => ({ from: file.path, target })));

test('every folder of hived belongs to a layer', () => {
  expect(sources.filter(({ path }) => FLOORS[floorOf(path)] === undefined).map(({ path }) => path)).toEqual([]);
});

test('no file imports from a layer above its own', () => {
  const wrong = links.filter(
    ({ from, target }) => (FLOORS[floorOf(from)] ?? 0) < (FLOORS[floorOf(target)] ?? Number.POSITIVE_INFINITY),
  );
  expect(wrong.map(({ from, target }) => `${from} imports ${target}`)).toEqual([]);
});

test("a module's store is its own: other modules and the composition use its queries.ts", () => {
  const wrong = links.filter(
    ({ from, target }) => /\/modules\/[^/]+\/store\//.test(target) && moduleOf(from) !== moduleOf(target),
  );
  expect(wrong.map(({ from, target }) => `${from} imports ${target}`)).toEqual([]);
});

test('surfaces know operations and no tables; the core knows no module by name', () => {
  const wrong = links.filter(
    ({ from, target }) =>
      (floorOf(from) === 'surfaces' && target.includes('/store/')) ||
      (floorOf(from) === 'core' && target.startsWith(`${DAEMON}modules/`)),
  );
  expect(wrong).toEqual([]);
});

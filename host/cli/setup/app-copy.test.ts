import { cp, mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Settings } from '../config.ts';
import { identifyBuild, placeApp } from './app-copy.ts';

let top: string;
let dist: string;
beforeEach(async () => {
  top = await mkdtemp(join(tmpdir(), 'hive-app-'));
  dist = join(top, 'dist');
  await mkdir(join(dist, 'web'), { recursive: true });
  for (const name of [
    'hived.mjs',
    'secret-search.mjs',
    'gateway.mjs',
    'forge.mjs',
    'dashboard.mjs',
    'better_sqlite3.node',
    'web/index.html',
  ])
    await writeFile(join(dist, name), name);
});
afterEach(() => rm(top, { recursive: true }));

const stamp = (hash: string) => writeFile(join(dist, 'build.json'), JSON.stringify({ hash }));
const place = () =>
  placeApp({ settings: { root: join(top, 'root') } as Settings, dist, signal: new AbortController().signal });

test('a build is named after its sources, else after its content', async () => {
  const byContent = identifyBuild(dist);
  expect(byContent).toMatch(/^[0-9a-f]{12}$/);
  await stamp('0123456789ab');
  expect(identifyBuild(dist)).toBe('0123456789ab');
});

test('a build that lacks a file is refused', async () => {
  await rm(join(dist, 'forge.mjs'));
  expect(() => identifyBuild(dist)).toThrow(/lacks forge\.mjs/);
});

test('it is copied once, readable for everybody, and old copies are deleted', async () => {
  for (const hash of ['000000000001', '000000000002', '000000000003', '000000000004', '000000000004']) {
    await stamp(hash);
    await place();
  }
  const apps = join(top, 'root/app');
  expect((await readdir(apps)).toSorted()).toEqual(['000000000002', '000000000003', '000000000004']);
  expect((await stat(apps)).mode & 0o777).toBe(0o755);
  expect((await stat(join(apps, '000000000004'))).mode & 0o777).toBe(0o755);
  expect(await readdir(join(apps, '000000000004', 'web'))).toEqual(['index.html']);
});

// Matters on a full disk: creating even a directory before the check would keep an existing build from starting.
test('an existing copy of the build is found without writing anything', async () => {
  await stamp('000000000001');
  await place();
  const apps = join(top, 'root/app');
  const before = await stat(apps, { bigint: true });
  expect(await place()).toBe('000000000001');
  expect((await stat(apps, { bigint: true })).ctimeNs).toBe(before.ctimeNs);
});

test('a dist/ that is replaced during the copy is copied whole, under its own name', async () => {
  const build = async (hash: string) => {
    const aside = join(top, hash);
    await cp(dist, aside, { recursive: true });
    await writeFile(join(aside, 'dashboard.mjs'), hash);
    await writeFile(join(aside, 'build.json'), JSON.stringify({ hash }));
    return aside;
  };
  await rename(await build('000000000001'), join(top, 'first'));
  const second = await build('000000000002');
  await rm(dist, { recursive: true });
  await rename(join(top, 'first'), dist);
  const placing = place();
  await rename(dist, join(top, 'old'));
  await rename(second, dist);
  const name = await placing;
  expect(['000000000001', '000000000002']).toContain(name);
  expect(await readFile(join(top, 'root/app', name, 'dashboard.mjs'), 'utf8')).toBe(name);
  expect(await readdir(join(top, 'root/app'))).toEqual([name]);
});

/**
 * Vulnerability: a secret that was pushed and deleted stays on the disk; removing it harms a concurrent push.
 * Scenario: prune after the branch is deleted, with a pack that a killed push marked to keep, beside pushes, over two
 * forges. Verified: the object is gone from every file; every accepted push is complete.
 */
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { RepoName } from '../protocol/names.ts';
import { pruneArgv } from './git/policy.ts';
import { createGit } from './git/process.ts';
import { openForgeDb } from './store/forge-db.ts';
import { openPush, openPushes } from './store/pushes.ts';
import { findRepository } from './store/repositories.ts';
import { CODER, type ForgeRig, startRig } from './testing/forge-rig.ts';
import { until } from './testing/until.ts';

let rig: ForgeRig;
let work: string;
let url: string;
let path: string;
const app = { owner: CODER, name: 'app' as RepoName };
beforeEach(async () => {
  rig = await startRig();
  work = await rig.makeWork('work', { 'a.txt': 'a\n' });
  url = `${rig.urlOf(CODER)}/coder/app.git`;
  path = rig.repositoryDir('coder/app');
  expect((await rig.git('-C', work, 'push', '-q', url, 'main')).code).toBe(0);
});
afterEach(() => rig.close());

/** Every object on the repository's disk, loose or in a pack. */
async function objectsOnDisk(): Promise<string> {
  return (await rig.git(`--git-dir=${path}`, 'cat-file', '--batch-all-objects', '--batch-check')).stdout;
}

async function pushAndDeleteSecret(): Promise<string[]> {
  const secret = await rig.makeWork('secret', { 'key.txt': 'SECRET\n' });
  expect((await rig.git('-C', secret, 'push', '-q', url, 'main:oops')).code).toBe(0);
  expect((await rig.git('-C', work, 'push', '-q', url, ':oops')).code).toBe(0);
  const idOf = async (name: string) => (await rig.git('-C', secret, 'rev-parse', name)).stdout.trim();
  return [await idOf('HEAD'), await idOf('HEAD:key.txt')];
}

test('a secret whose branch was deleted is gone from the disk, and the owner’s quota is freed', async () => {
  const ids = await pushAndDeleteSecret();
  const packs = join(path, 'objects', 'pack');
  for (const name of await readdir(packs))
    if (name.endsWith('.pack')) await writeFile(join(packs, name.replace(/pack$/, 'keep')), 'receive-pack 1 on host');
  for (const id of ids) expect(await objectsOnDisk()).toContain(id);
  const sizeOf = async () => (await rig.operator.call('listRepos', {})).repos[0]?.sizeBytes ?? 0;
  const before = await sizeOf();
  const pruned = await rig.operator.call('pruneRepo', app);
  expect(pruned).toMatchObject({ ...app, objects: 3 });
  for (const id of ids) expect(await objectsOnDisk()).not.toContain(id);
  expect(before - (await sizeOf())).toBe(pruned.bytes);
  expect((await rig.git(`--git-dir=${path}`, 'fsck', '--full', '--strict')).code).toBe(0);
  expect((await rig.git('clone', '-q', url, join(rig.dir, 'back'))).code).toBe(0);
  expect(await rig.operator.call('pruneRepo', app)).toMatchObject({ objects: 0 });
  await expect(rig.operator.call('pruneRepo', { ...app, name: 'no' as RepoName })).rejects.toMatchObject({
    code: 'unknown_repo',
  });
});

test('concurrent pushes, through this forge and its successor, are complete', async () => {
  const ids = await pushAndDeleteSecret();
  const second = await rig.startSecond();
  try {
    const trees = await Promise.all(
      [0, 1, 2, 3, 4, 5].map((index) => rig.makeWork(`w${index}`, { 'b.txt': `${index}\n` })),
    );
    const pushed = trees.map((tree, index) => rig.git('-C', tree, 'push', '-q', url, `main:b${index}`));
    const pruned = [0, 1, 2].map(() => rig.operator.call('pruneRepo', app));
    const results = await Promise.all(pushed);
    await Promise.all(pruned);
    expect(results.map(({ code, stderr }) => `${code} ${stderr}`)).toEqual(results.map(() => '0 '));
    for (const id of ids) expect(await objectsOnDisk()).not.toContain(id);
    const fsck = await rig.git(`--git-dir=${path}`, 'fsck', '--full', '--strict', '--connectivity-only');
    expect(fsck).toMatchObject({ code: 0 });
    expect((await rig.git('ls-remote', '--heads', url)).stdout.trim().split('\n')).toHaveLength(7);
    const told = (await rig.facts()).filter(({ kind, repo }) => kind === 'forge.pushed' && repo === 'coder/app');
    expect(new Set(told.map(({ by }) => by)), 'pruning changes no ref').toEqual(new Set(['coder']));
  } finally {
    await second.close(1_000);
  }
}, 60_000);

test('a push waits for the prune of a forge that died; a prune that had not begun ends with its forge', async () => {
  const db = openForgeDb(join(rig.dir, 'root', 'forge.db'), null);
  const dead = createGit({ path: process.env['PATH'] ?? '/usr/bin:/bin', killGraceMs: 100 });
  const held = await dead.startHeld(pruneArgv(path));
  try {
    const repositoryId = findRepository(db, app.owner, app.name)?.id as number;
    openPush(db, { repositoryId, by: 'system', pid: held.pid, commands: [], at: 1 });
    await rig.restart();
    expect(
      openPushes(db).map(({ pid }) => pid),
      'a start leaves it open',
    ).toEqual([held.pid]);
    const push = rig.git('-C', work, 'push', '-q', url, 'main:late');
    held.stdin.end();
    expect((await held.ended).code).not.toBe(0);
    expect(await push).toMatchObject({ code: 0 });
    await until('no row is left', () => openPushes(db).length === 0);
  } finally {
    held.kill();
    db.close();
  }
});

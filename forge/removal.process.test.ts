import { mkdir, readdir, readFile, rename, symlink } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { RepoName } from '../protocol/names.ts';
import { openForgeDb } from './store/forge-db.ts';
import init from './store/migrations/0001_init.sql?raw';
import pushCommands from './store/migrations/0002_push_commands.sql?raw';
import { openPushes } from './store/pushes.ts';
import { CODER, type ForgeRig, startRig } from './testing/forge-rig.ts';
import { until } from './testing/until.ts';
import { gitGroupsIn } from './testing/processes.ts';
import { UNFINISHED_PUSH } from './testing/push-head.ts';

let rig: ForgeRig;
let work: string;
let url: string;
const app = { owner: CODER, name: 'app' as RepoName };
beforeEach(async () => {
  rig = await startRig();
  work = await rig.makeWork('work', { 'a.txt': 'a\n' });
  url = `${rig.urlOf(CODER)}/coder/app.git`;
  await rig.git('-C', work, 'push', '-q', url, 'main', 'main:dev');
});
afterEach(() => rig.close());

const told = async () =>
  (await rig.facts()).filter(({ repo }) => repo === 'coder/app').map(({ kind, by }) => `${kind} ${by}`);
const names = async () => (await rig.operator.call('listRepos', {})).repos.map(({ name }) => name);
const removedDir = () => join(rig.dir, 'root', 'removed');

test('a removed repository is gone for everybody, and its directory is complete and can be restored', async () => {
  const { kept } = await rig.operator.call('removeRepo', app);
  expect(await readdir(removedDir())).toEqual([kept?.split('/').at(-1)]);
  expect(await names()).toEqual(['docs']);
  expect((await rig.git('ls-remote', url)).stderr).toContain('no such repository');
  expect((await rig.facts()).at(-1)).toMatchObject({
    kind: 'forge.repo_removed',
    by: 'operator',
    repo: 'coder/app',
    data: { kept },
  });
  await expect(rig.operator.call('removeRepo', app)).rejects.toMatchObject({ code: 'unknown_repo' });
  await rig.git(`--git-dir=${kept}`, 'symbolic-ref', 'HEAD', 'refs/heads/dev');
  await rig.restart(() => rename(kept as string, rig.repositoryDir('coder/app')));
  expect((await rig.git('ls-remote', url)).stdout).toContain('refs/heads/main');
  expect((await rig.operator.call('listRepos', {})).repos[0]).toMatchObject({ name: 'app', defaultBranch: 'dev' });
});

test('its name is free again, and the new repository has nothing of the old', async () => {
  await rig.operator.call('removeRepo', app);
  expect((await rig.git('-C', work, 'push', '-q', url, 'main:other')).code).toBe(0);
  expect((await rig.git('ls-remote', '--heads', url)).stdout).toMatch(/^[0-9a-f]{40}\trefs\/heads\/other\n$/);
  expect((await told()).slice(-3)).toEqual([
    'forge.repo_removed operator',
    'forge.repo_created coder',
    'forge.pushed coder',
  ]);
});

test('purge deletes it only when it repeats the name', async () => {
  const wrong = rig.operator.call('removeRepo', { ...app, purge: 'coder/ap' });
  await expect(wrong).rejects.toMatchObject({ code: 'name_mismatch' });
  expect(await names()).toContain('app');
  expect(await rig.operator.call('removeRepo', { ...app, purge: 'coder/app' })).toMatchObject({ kept: null });
  expect(await readdir(removedDir())).toEqual([]);
  expect(await readdir(join(rig.dir, 'root', 'repositories', 'coder'))).toEqual([]);
});

test('removal waits for a running push; a push that waits behind the removal finds no repository', async () => {
  const push = connect({ path: rig.socketOf(CODER) });
  push.on('error', () => undefined);
  push.write(
    `POST /coder/app.git/git-receive-pack HTTP/1.1\r\nhost: forge\r\n` +
      `content-type: application/x-git-receive-pack-request\r\ncontent-length: 100000\r\n\r\n${UNFINISHED_PUSH}`,
  );
  const db = openForgeDb(join(rig.dir, 'root', 'forge.db'), null);
  try {
    await until('the push is open', () => openPushes(db).length === 1);
    const removal = rig.operator.call('removeRepo', app);
    const late = rig.git('-C', work, 'push', url, 'main:late');
    await until('the push still runs', async () => (await gitGroupsIn(rig.dir)).length > 0);
    expect(await names()).toContain('app');
    push.destroy();
    expect((await removal).kept).not.toBeNull();
    await late;
    expect(openPushes(db)).toEqual([]);
  } finally {
    db.close();
  }
});

test('kept repositories are listed, and deleted after their retention, at a start and while the forge runs', async () => {
  const { kept } = await rig.operator.call('removeRepo', app);
  const { repos } = await rig.operator.call('listRemovedRepos', {});
  expect(repos).toMatchObject([{ owner: 'coder', name: 'app', path: kept }]);
  expect((repos[0]?.keptUntil ?? 0) - (repos[0]?.removedAt ?? 0)).toBe(30 * 24 * 60 * 60 * 1000);
  expect(repos[0]?.sizeBytes).toBeGreaterThan(0);
  const young = kept?.split('/').at(-1) as string;
  const old = 'coder.app.20200101T000000-000Z.git';
  for (const name of [old, 'mine']) await mkdir(join(removedDir(), name));
  await symlink(rig.repositoryDir('shared/docs'), join(removedDir(), 'coder.link.20200101T000000-000Z.git'));
  const left = async () => (await readdir(removedDir())).sort();
  await rig.restart();
  await until('the old one is gone', async () => !(await left()).includes(old));
  expect(await left()).toEqual([young, 'coder.link.20200101T000000-000Z.git', 'mine'].sort());
  expect(await names()).toEqual(['docs']);

  await rig.close();
  rig = await startRig({ sweepRemovedMs: 20 });
  await mkdir(join(removedDir(), old));
  await until('the old one is gone', async () => (await left()).length === 0);
});

test('a directory that was removed by hand is recorded as removed', async () => {
  await rig.restart(() => rename(rig.repositoryDir('coder/app'), join(rig.dir, 'away.git')));
  expect((await told()).at(-1)).toBe('forge.repo_removed system');
});

test('the default branch can be chosen: clones check it out, and only it cannot be deleted', async () => {
  const { repo } = await rig.operator.call('setDefaultBranch', { ...app, branch: 'dev' });
  expect(repo).toMatchObject({ defaultBranch: 'dev', head: { summary: 'first of work' } });
  await rig.operator.call('setDefaultBranch', { ...app, branch: 'dev' });
  expect((await told()).filter((line) => line.startsWith('forge.default_branch'))).toEqual([
    'forge.default_branch operator',
  ]);
  await rig.git('clone', '-q', url, join(rig.dir, 'back'));
  expect((await rig.git('-C', join(rig.dir, 'back'), 'branch', '--show-current')).stdout).toBe('dev\n');
  expect((await rig.git('-C', work, 'push', url, ':dev')).stderr).toContain('refusing to delete the current branch');
  expect((await rig.git('-C', work, 'push', '-q', url, ':main')).code).toBe(0);
  expect(await readFile(join(rig.repositoryDir('coder/app'), 'HEAD'), 'utf8')).toBe('ref: refs/heads/dev\n');
});

test('a missing branch is refused with the existing ones', async () => {
  await expect(rig.operator.call('setDefaultBranch', { ...app, branch: 'trunk' })).rejects.toMatchObject({
    code: 'not_found',
    message: 'There is no branch trunk. There are: dev, main.',
  });
});

test('a database of an older version keeps its facts, and never reuses an id', async () => {
  const path = join(rig.dir, 'old.db');
  const old = new Database(path);
  old.exec(init);
  old.exec(pushCommands);
  const add = old.prepare(
    "INSERT INTO facts (at, kind, made_by, repo, data) VALUES (1, 'forge.pushed', 'a', 'a/b', '{}')",
  );
  for (let i = 0; i < 3; i += 1) add.run();
  old.exec('DELETE FROM facts');
  old.pragma('user_version = 2');
  old.close();
  const db = openForgeDb(path, null);
  db.exec("INSERT INTO facts (at, kind, made_by, repo, data) VALUES (1, 'forge.repo_removed', 'a', 'a/b', '{}')");
  expect(db.prepare('SELECT id FROM facts').all()).toEqual([{ id: 4 }]);
  db.close();
});

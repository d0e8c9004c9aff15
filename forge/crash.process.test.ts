import { mkdir, readdir, rename, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { RepoName } from '../protocol/names.ts';
import { writeNote } from './repositories/first-push-note.ts';
import { openForgeDb } from './store/forge-db.ts';
import { openPush } from './store/pushes.ts';
import { findRepository } from './store/repositories.ts';
import { CODER, type ForgeRig, startRig } from './testing/forge-rig.ts';
import { until } from './testing/until.ts';

let rig: ForgeRig;
let work: string;
let url: string;
beforeEach(async () => {
  rig = await startRig();
  work = await rig.makeWork('work', { 'a.txt': 'a\n' });
  url = `${rig.urlOf(CODER)}/coder/app.git`;
  await rig.git('-C', work, 'push', '-q', url, 'main');
});
afterEach(() => rig.close());

const pushes = async () =>
  (await rig.facts()).filter(({ kind, repo }) => kind === 'forge.pushed' && repo === 'coder/app');
const moveRef = (ref: string) =>
  rig.git(`--git-dir=${rig.repositoryDir('coder/app')}`, 'update-ref', ref, 'refs/heads/main');

test('a ref that moved without a fact is recorded once after a restart, and listed', async () => {
  await rig.restart(async () => void (await moveRef('refs/heads/late')));
  await rig.restart();
  const facts = await pushes();
  expect(facts).toHaveLength(2);
  expect(facts[1]).toMatchObject({ by: 'system', data: { refs: [{ ref: 'refs/heads/late', old: null }] } });
  expect((await rig.agent(CODER).call('listRepos', {})).repos[0]).toMatchObject({ name: 'app', branches: 2 });
});

test('a crash between ref and fact: the fact names the pusher for the refs of its own commands, system for the rest', async () => {
  await rig.restart(async () => {
    const db = openForgeDb(join(rig.dir, 'root', 'forge.db'), null);
    const repositoryId = findRepository(db, CODER, 'app' as RepoName)?.id as number;
    // No process has this pid: the kernel's maximum is 4,194,304.
    const oid = (await rig.git('-C', work, 'rev-parse', 'main')).stdout.trim();
    const commands = [{ ref: 'refs/heads/crashed', new: oid }];
    openPush(db, { repositoryId, by: 'coder', pid: 5_000_000, commands, at: 1 });
    db.close();
    await moveRef('refs/heads/crashed');
    await moveRef('refs/heads/by-hand');
  });
  expect(
    (await pushes()).slice(1).map(({ by, data }) => [by, (data['refs'] as { ref: string }[]).map(({ ref }) => ref)]),
  ).toEqual([
    ['coder', ['refs/heads/crashed']],
    ['system', ['refs/heads/by-hand']],
  ]);
});

test('a crash between a first push and its record: the repository is recorded as created and pushed by its pusher', async () => {
  const made = rig.repositoryDir('coder/made');
  await rig.restart(async () => {
    // The state after runFirstPush when the forge dies once the directory was moved into place.
    await rig.git('init', '-q', '--bare', '-b', 'main', made);
    await rig.git('-C', work, 'push', '-q', made, 'main');
    const oid = (await rig.git('-C', work, 'rev-parse', 'main')).stdout.trim();
    await writeNote(made, { by: 'coder', commands: [{ ref: 'refs/heads/main', new: oid }] });
  });
  const told = (await rig.facts()).filter(({ repo }) => repo === 'coder/made');
  expect(told.map(({ kind, by }) => `${kind} ${by}`)).toEqual(['forge.repo_created coder', 'forge.pushed coder']);
  expect(await readdir(made)).not.toContain('hive-first-push.json');
  expect(await readdir(rig.repositoryDir('coder/app')), 'nor in one that was recorded').not.toContain(
    'hive-first-push.json',
  );
});

test('lock files and keep marks of a killed git are removed when its push is recorded; a push that needs them goes on', async () => {
  const path = rig.repositoryDir('coder/app');
  const left = ['HEAD.lock', 'packed-refs.lock', 'refs/heads/main.lock', 'refs/heads/deep/x.lock'];
  await rig.restart(async () => {
    const db = openForgeDb(join(rig.dir, 'root', 'forge.db'), null);
    const repositoryId = findRepository(db, CODER, 'app' as RepoName)?.id as number;
    openPush(db, { repositoryId, by: 'coder', pid: 5_000_000, commands: [], at: 1 });
    db.close();
    await mkdir(join(path, 'refs/heads/deep'));
    const pack = (await readdir(join(path, 'objects/pack'))).find((name) => name.endsWith('.pack')) as string;
    left.push(`objects/pack/${pack.replace(/pack$/, 'keep')}`);
    for (const name of left) await writeFile(join(path, name), '');
  });
  const files = await readdir(path, { recursive: true });
  expect(files.filter((name) => left.includes(name))).toEqual([]);
  await rig.git('-C', work, 'commit', '-q', '--allow-empty', '-m', 'next');
  expect(await rig.git('-C', work, 'push', '-q', url, 'main', 'main:deep/x')).toMatchObject({ code: 0, stderr: '' });
});

test('concurrent pushes into one repository each have their own author', async () => {
  await Promise.all([
    rig.git('-C', work, 'push', '-q', url, 'main:a1', 'main:a2'),
    rig.git('-C', work, 'push', '-q', `${rig.urlOf('operator')}/coder/app`, 'main:b1', 'main:b2'),
  ]);
  const told = (await pushes()).slice(1).map(({ by, data }) => ({
    by,
    refs: (data['refs'] as { ref: string }[]).map(({ ref }) => ref),
  }));
  expect(told).toHaveLength(2);
  expect(told).toContainEqual({ by: 'coder', refs: ['refs/heads/a1', 'refs/heads/a2'] });
  expect(told).toContainEqual({ by: 'operator', refs: ['refs/heads/b1', 'refs/heads/b2'] });
});

test('a directory without a record is adopted, a record without a directory forgotten', async () => {
  const owner = join(rig.dir, 'root', 'repositories', 'coder');
  await rig.restart(() => rename(join(owner, 'app.git'), join(owner, 'moved.git')));
  const { repos } = await rig.agent(CODER).call('listRepos', {});
  expect(repos.map(({ name }) => name)).toEqual(['moved', 'docs']);
  expect(repos[0]?.head?.summary).toBe('first of work');
});

test('symlinks among the repositories are neither adopted nor served, also when created later', async () => {
  const repositories = join(rig.dir, 'root', 'repositories');
  const elsewhere = join(rig.dir, 'elsewhere');
  await rig.restart(async () => {
    await rename(join(repositories, 'coder'), elsewhere);
    await symlink(elsewhere, join(repositories, 'coder'));
    await mkdir(join(repositories, 'scout'));
    await symlink(join(elsewhere, 'app.git'), join(repositories, 'scout', 'app.git'));
  });
  const { repos } = await rig.operator.call('listRepos', {});
  expect(repos.map(({ name }) => name)).toEqual(['docs']);
  expect((await rig.git('ls-remote', url)).stderr).toContain('no such repository');
  expect((await rig.git('-C', work, 'push', url, 'main')).code).not.toBe(0);

  await rename(join(repositories, 'shared', 'docs.git'), join(rig.dir, 'docs.git'));
  await symlink(join(rig.dir, 'docs.git'), join(repositories, 'shared', 'docs.git'));
  expect((await rig.git('ls-remote', `${rig.urlOf(CODER)}/shared/docs`)).stderr).toContain('no such repository');
});

test('a second forge takes over the sockets; the first one does not remove them', async () => {
  const second = await rig.startSecond();
  try {
    await rig.forge.close(1_000);
    await rig.operator.close();
    expect((await rig.git('ls-remote', url)).code).toBe(0);
    expect(await readdir(join(rig.dir, 'agents', 'coder', 'forge'))).toEqual(['agent.sock']);
  } finally {
    await second.close(1_000);
  }
  expect(await readdir(join(rig.dir, 'agents', 'coder', 'forge'))).toEqual([]);
});

test('a destroyed agent has no socket; a recreated directory gets one again', async () => {
  const directory = join(rig.dir, 'agents', 'coder', 'forge');
  const coder = rig.lineOf({ name: CODER, isManager: false });
  await rig.forge.setRoster({ agents: [], projects: [] });
  await until('its socket is gone', async () => (await readdir(directory)).length === 0);
  await rig.forge.setRoster({ agents: [coder], projects: [] });
  await rename(directory, `${directory}.old`);
  await mkdir(directory);
  await rig.forge.setRoster({ agents: [coder], projects: [] });
  expect((await rig.git('ls-remote', url)).code).toBe(0);
});

test('concurrent lists of agents are applied in order: the last one counts', async () => {
  const entries = async () => (await readdir(join(rig.dir, 'agents', 'coder', 'forge'))).length;
  const coder = rig.lineOf({ name: CODER, isManager: false });
  for (let i = 0; i < 20; i += 1) {
    await Promise.all([
      rig.forge.setRoster({ agents: [], projects: [] }),
      rig.forge.setRoster({ agents: [coder], projects: [] }),
      rig.forge.setRoster({ agents: [], projects: [] }),
    ]);
    await until('its socket is gone', async () => (await entries()) === 0);
    await Promise.all([
      rig.forge.setRoster({ agents: [], projects: [] }),
      rig.forge.setRoster({ agents: [coder], projects: [] }),
    ]);
    expect((await rig.git('ls-remote', url)).code).toBe(0);
  }
});

test('many pushes leave few packs', async () => {
  await rig.close();
  rig = await startRig({ repackFromPacks: 4 });
  work = await rig.makeWork('work', { 'a.txt': 'a\n' });
  url = `${rig.urlOf(CODER)}/coder/app.git`;
  const packs = async () => {
    const names = await readdir(join(rig.repositoryDir('coder/app'), 'objects', 'pack'));
    return names.filter((name) => name.endsWith('.pack')).length;
  };
  for (let i = 0; i < 5; i += 1) {
    await rig.git('-C', work, 'commit', '-q', '--allow-empty', '-m', `${i}`);
    expect((await rig.git('-C', work, 'push', '-q', url, 'main')).code).toBe(0);
  }
  await until('packs are joined', async () => (await packs()) < 4);
  const fsck = await rig.git(`--git-dir=${rig.repositoryDir('coder/app')}`, 'fsck', '--full', '--strict');
  expect(fsck).toMatchObject({ code: 0 });
});

/**
 * Backups of the forge by hivectl, and their way back.
 * Vulnerability: a backup that broke off looks whole; one of two moments cannot be restored; a restored repository loses
 * what is newer, or its pull requests. Scenario: a real forge, real bundles, real damage. Verified on the disk.
 */
import { createHash } from 'node:crypto';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { RepoName } from '../protocol/names.ts';
import { CODER } from '../forge/testing/forge-rig.ts';
import { app, withPulls } from '../forge/testing/with-pulls.ts';
import { writeBackup } from '../host/cli/backup/write-backup.ts';
import { runHivectl } from '../host/cli/testing/run-hivectl.ts';

const forge = withPulls();
let dir: string;
let backups: string;
let now = Date.parse('2027-01-01T00:00:00Z');
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'hive-backup-'));
  backups = join(dir, 'backups');
  await symlink(forge.rig.socketOf('operator'), join(dir, 'admin.sock.forge'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const hivectl = (...argv: string[]) =>
  runHivectl(join(dir, 'admin.sock'), ['forge', ...argv], { now: (now += 1_000), columns: 200 });
const backUp = async (...argv: string[]) => {
  const ran = await hivectl('backup', ...argv, '--to', backups, '--json');
  return { ...ran, made: JSON.parse(ran.out) as { path: string; name: string; deleted: string[] } };
};
const gitdir = (name: string) => forge.rig.repositoryDir(name);
const refsOf = async (name: string) =>
  (await forge.rig.git(`--git-dir=${gitdir(name)}`, 'for-each-ref', '--format=%(refname) %(objectname)')).stdout;

test('all repositories with their hidden refs, and the database, of one moment', async () => {
  await forge.pushChange('fix', ['b.txt', 'fix']);
  const { number } = (await forge.open('fix')).pull;
  await forge.rig.git('-C', forge.work, 'push', '-q', forge.urlOf(CODER), ':fix');
  await forge.rig.operator.call('createRepo', { owner: CODER, name: 'empty' as RepoName });
  const { code, made } = await backUp('--all');
  expect(code).toBe(0);
  expect((await stat(made.path)).mode & 0o777).toBe(0o700);
  const heads = await forge.rig.git('bundle', 'list-heads', join(made.path, 'web/app.bundle'));
  expect(heads.stdout).toContain(`refs/pull/${number}/head`);
  expect(heads.stdout).toContain('refs/heads/main');
  const db = new Database(join(made.path, 'forge.db'), { readonly: true });
  expect(db.pragma('integrity_check', { simple: true })).toBe('ok');
  expect(db.prepare('SELECT count(*) FROM pulls').pluck().get()).toBe(1);
  db.close();
  const listed = await hivectl('backups', '--in', backups);
  expect(listed.out).toMatch(/forge-20270101T\w+Z .* 3 +yes/);
  expect(await readdir(backups)).toEqual([made.name]);
  expect(await readdir(join(forge.rig.dir, 'root/incoming'))).toEqual([]);
});

test('older ones are deleted; what a kill left is no backup and goes; a broken repository is named', async () => {
  const first = (await backUp('--all')).made.name;
  const left = join(backups, '.partial-999999999-forge-20270101T000000000Z');
  await mkdir(left);
  await writeFile(join(left, 'manifest.json'), '{}');
  const torn = join(backups, 'forge-20260101T000000000Z');
  await mkdir(torn);
  expect((await hivectl('backups', '--in', backups)).out).not.toContain('2026');
  const second = (await backUp('--all')).made.name;
  const { made } = await backUp('--all', '--keep', '1');
  expect(made.deleted.toSorted()).toEqual([first, second]);
  expect((await readdir(backups)).toSorted()).toEqual(['forge-20260101T000000000Z', made.name]);
  now += 3 * 86_400_000;
  const later = await backUp('--all', '--keep-days', '2');
  expect(later.made.deleted, 'by age').toEqual([made.name]);
  await damage();
  const broken = await backUp('--all', '--keep', '1');
  expect(broken).toMatchObject({ code: 1, err: expect.stringContaining('web/app is not in the backup') });
  expect(broken.made.deleted, 'none is deleted for one that lacks something').toEqual([]);
});

test('a directory that others can change, or that is the forge’s own, is refused', async () => {
  await mkdir(backups, { mode: 0o777 });
  await chmod(backups, 0o777);
  expect(await hivectl('backup', '--all', '--to', backups)).toMatchObject({
    code: 64,
    err: expect.stringContaining('Others can change'),
  });
  expect((await hivectl('backup', 'web/app', '--all', '--to', backups)).code).toBe(64);
  expect((await hivectl('backup', 'web/none', '--to', join(dir, 'other'))).code).toBe(66);
  expect(await readdir(join(dir, 'other'))).toEqual([]);
});

/** The forge starts again, and hears who is in the project. */
async function restart(between?: () => Promise<void>): Promise<void> {
  await forge.rig.restart(between);
  await forge.rig.setProjects({ web: { coder: 'write', scout: 'review' } });
}

/** Cuts the largest pack of web/app off. */
async function damage(): Promise<void> {
  const packs = join(gitdir('web/app'), 'objects/pack');
  const sizes = await Promise.all(
    (await readdir(packs)).map(async (name) => ({ name, size: (await stat(join(packs, name))).size })),
  );
  const [largest] = sizes.filter(({ name }) => name.endsWith('.pack')).toSorted((a, b) => b.size - a.size);
  await chmod(join(packs, largest!.name), 0o600);
  await truncate(join(packs, largest!.name), 40);
}

test('into a new name: branches and tags, and nothing that only the forge saw', async () => {
  await forge.pushChange('fix', ['b.txt', 'fix']);
  await forge.open('fix');
  const { made } = await backUp('web/app');
  const ran = await hivectl('restore', 'web/app', '--backup', made.path, '--as', 'operator/copy');
  expect(ran).toMatchObject({ code: 0, out: expect.stringContaining('operator/copy is restored') });
  expect((await refsOf('operator/copy')).match(/refs\/\w+/g)).toEqual(['refs/heads', 'refs/heads']);
  expect((await hivectl('restore', 'web/app', '--backup', made.path)).code, 'it is there').toBe(73);
  const [repo] = (await forge.rig.operator.call('listRepos', {})).repos.filter(({ name }) => name === 'copy');
  expect(repo).toMatchObject({ branches: 2, defaultBranch: 'main' });
  expect(
    (await forge.rig.operator.call('fsckRepo', { owner: 'operator', name: 'copy' as RepoName })).repo.findings,
  ).toEqual([]);
});

test('in place of a damaged one: what is newer and whole stays, with its pull requests', async () => {
  const head = await forge.pushChange('fix', ['b.txt', 'fix']);
  const { number } = (await forge.open('fix')).pull;
  const { made } = await backUp('--all');
  const newer = await forge.pushChange('newer', ['b.txt', 'newer'], { from: 'fix' });
  await forge.rig.git('-C', forge.work, 'push', '-q', forge.urlOf(CODER), ':fix');
  const lost = await forge.pushChange('lost', ['b.txt', 'lost']);
  await restart(async () => {
    const file = join(gitdir('web/app'), 'refs/heads/lost');
    await chmod(file, 0o600);
    await writeFile(file, `${'1'.repeat(40)}\n`);
  });
  expect((await hivectl('fsck', 'web/app')).code).toBe(1);
  expect((await hivectl('restore', 'web/app', '--backup', made.path, '--replace', 'web/other')).code).not.toBe(0);
  const ran = await hivectl('restore', 'web/app', '--backup', made.path, '--replace', 'web/app');
  expect(ran).toMatchObject({ code: 0, err: '' });
  expect(ran.out).toMatch(/kept for 30 days in .*removed\/web\.app\./);
  const refs = await refsOf('web/app');
  expect(refs).toContain(`refs/heads/newer ${newer}`);
  expect(refs).toContain(`refs/pull/${number}/head ${head}`);
  expect(refs).not.toContain(lost);
  expect((await forge.rig.operator.call('fsckRepo', app)).repo.findings).toEqual([]);
  expect((await forge.describe(number)).pull).toMatchObject({ state: 'open', commit: head });
  await restart();
  expect((await forge.describe(number)).pull).toMatchObject({ state: 'open', commit: head });
});

test('a bundle that was changed after the backup, or that is no bundle, changes nothing', async () => {
  const { made } = await backUp('web/app');
  const before = await refsOf('web/app');
  const file = join(made.path, 'web/app.bundle');
  const bytes = await readFile(file);
  bytes[bytes.length - 30]! ^= 1;
  await writeFile(file, bytes);
  const restore = () => hivectl('restore', 'web/app', '--backup', made.path, '--replace', 'web/app');
  expect(await restore()).toMatchObject({
    code: 64,
    err: expect.stringContaining('not the file that the backup wrote'),
  });
  const manifest = JSON.parse(await readFile(join(made.path, 'manifest.json'), 'utf8')) as {
    repositories: { sha256: string }[];
  };
  manifest.repositories[0]!.sha256 = createHash('sha256').update(bytes).digest('hex');
  await writeFile(join(made.path, 'manifest.json'), JSON.stringify(manifest));
  expect(await restore()).toMatchObject({ code: 64, err: expect.stringContaining('git refuses this bundle') });
  expect(await refsOf('web/app')).toBe(before);
  expect(await readdir(join(forge.rig.dir, 'root/incoming'))).toEqual([]);
});

test('a whole forge: with at least the refs that its database knows, and what differs is told as by system', async () => {
  const head = await forge.pushChange('fix', ['b.txt', 'fix']);
  const { number } = (await forge.open('fix')).pull;
  await forge.rig.operator.call('createRepo', { owner: CODER, name: 'empty' as RepoName });
  await mkdir(backups, { mode: 0o700 });
  let late = '';
  const made = await writeBackup({
    dir: backups,
    socketPath: forge.rig.socketOf('operator'),
    withDatabase: true,
    signal: new AbortController().signal,
    now: () => now,
    onRepo: () => undefined,
    async list() {
      // A push between the copy of the database and the bundles.
      late = await forge.pushChange('late', ['b.txt', 'late']);
      return (await forge.rig.operator.call('listRepos', {})).repos;
    },
  });
  await forge.rig.agent(CODER).call('editPull', { ...app, number, state: 'closed' });
  await forge.rig.operator.call('removeRepo', { owner: CODER, name: 'empty' as RepoName });
  await forge.pushChange('after', ['b.txt', 'after']);
  const last = (await forge.rig.facts()).at(-1)!.id;

  expect((await hivectl('restore', '--all', '--backup', made.path)).code, 'it asks').toBe(64);
  const ran = await hivectl('restore', '--all', '--backup', made.path, '--yes');
  expect(ran).toMatchObject({ code: 0, err: '' });
  expect(ran.out).toMatch(/kept in .*before-restore-/);
  expect((await forge.describe(number)).pull.state, 'nothing changes before the next start').toBe('closed');
  await restart();

  expect((await forge.describe(number)).pull).toMatchObject({ state: 'open', commit: head });
  const refs = await refsOf('web/app');
  expect(refs).toContain(`refs/heads/late ${late}`);
  expect(refs).toContain(`refs/pull/${number}/head ${head}`);
  expect(refs).not.toContain('refs/heads/after');
  const repos = (await forge.rig.operator.call('listRepos', {})).repos.map(({ owner, name }) => `${owner}/${name}`);
  expect(repos.toSorted()).toEqual(['coder/empty', 'shared/docs', 'web/app']);
  for (const repo of [app, { owner: CODER, name: 'empty' as RepoName }])
    expect((await forge.rig.operator.call('fsckRepo', repo)).repo.findings).toEqual([]);
  // hived asks for what follows the last fact that it read from the earlier forge.
  const { facts } = await forge.rig.operator.call('listFacts', { after: last });
  expect(facts.map(({ kind, by, repo, data }) => ({ kind, by, repo, data }))).toEqual([
    {
      kind: 'forge.pushed',
      by: 'system',
      repo: 'web/app',
      data: { refs: [{ ref: 'refs/heads/late', old: null, new: late }] },
    },
  ]);
  const root = join(forge.rig.dir, 'root');
  const kept = (await readdir(root)).find((name) => name.startsWith('before-restore-'))!;
  expect(await readdir(join(root, kept))).toEqual(expect.arrayContaining(['forge.db', 'repositories']));
  expect(await readdir(root)).not.toContain('restoring');
  await forge.pushChange('next', ['b.txt', 'next']);
});

test('a backup of one repository, or one that lacks some, is no whole forge; a damaged database is refused', async () => {
  const one = await backUp('web/app');
  expect(await hivectl('restore', '--all', '--backup', one.made.path, '--yes')).toMatchObject({
    code: 64,
    err: expect.stringContaining('not made with --all'),
  });
  const all = await backUp('--all');
  const file = join(all.made.path, 'forge.db');
  const bytes = Buffer.alloc(40_000, 'x');
  await writeFile(file, bytes);
  const path = join(all.made.path, 'manifest.json');
  const manifest = JSON.parse(await readFile(path, 'utf8')) as { database: object };
  manifest.database = {
    file: 'forge.db',
    bytes: bytes.length,
    sha256: createHash('sha256').update(bytes).digest('hex'),
  };
  await writeFile(path, JSON.stringify(manifest));
  expect((await hivectl('restore', '--all', '--backup', all.made.path, '--yes')).code).not.toBe(0);
  expect(await readdir(join(forge.rig.dir, 'root'))).not.toContain('restoring');
  await restart();
  expect((await forge.rig.operator.call('listRepos', {})).repos).toHaveLength(2);
});

/**
 * Vulnerability: a secret that is pushed is copied into every clone, and stays on the forge's disk. Scenario: real
 * pushes with a secret in every place that git has and in each encoding. Verified: refused before a ref moves, nothing
 * stays on the disk, the pusher is told where, the operator once.
 */
import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { RepoName } from '../protocol/names.ts';
import type { NewForgeFact } from '../protocol/schemas/forge-fact.ts';
import { encodeSecret } from '../system/redact/encode-secret.ts';
import { listenUnix } from '../system/socket/listen-unix.ts';
import { CODER, type ForgeRig, startRig } from './testing/forge-rig.ts';
import { until } from './testing/until.ts';
import { gitGroupsIn } from './testing/processes.ts';

const VALUE = 'tQ7/z+k "2mVt9"_wZx31bN';
const MIB = 1024 * 1024;

let rig: ForgeRig;
let work: string;
let url: string;
beforeEach(async () => {
  rig = await startRig();
  rig.learnSecrets([{ name: 'DEPLOY', value: VALUE }]);
  work = await rig.makeWork('work', { 'a.txt': 'a\n' });
  url = `${rig.urlOf(CODER)}/coder/app.git`;
});
afterEach(() => rig.close());

const git = (...argv: string[]) => rig.git('-C', work, ...argv);
const push = (...specs: string[]) => git('push', url, ...specs);

async function commit(file: string, bytes: string | Uint8Array): Promise<string> {
  await writeFile(join(work, file), bytes);
  await git('add', '--all');
  await git('commit', '-q', '-m', `change ${file.length}`);
  return (await git('rev-parse', 'HEAD')).stdout.trim();
}

const refusals = async () =>
  (await rig.facts()).filter((fact) => fact.kind === 'forge.secret_refused') as unknown as Extract<
    NewForgeFact,
    { kind: 'forge.secret_refused' }
  >[];
const remoteLines = (stderr: string) =>
  stderr
    .split('\n')
    .filter((line) => line.startsWith('remote: '))
    .map((line) => line.slice('remote: '.length).trimEnd());

test('a push with a secret is refused with ref, commit, path and line, and nothing of it stays', async () => {
  expect((await push('main')).code).toBe(0);
  const oid = await commit('config.env', `one\ntwo\nkey=${VALUE}\n`);
  const refused = await push('main');
  expect(refused.code).not.toBe(0);
  expect(refused.stderr).toContain('! [remote rejected] main -> main (pre-receive hook declined)');
  expect(remoteLines(refused.stderr)).toEqual([
    'This push is refused, and nothing of it is stored: it contains secrets of this hive.',
    `  DEPLOY in config.env, line 3 (commit ${oid.slice(0, 12)}, refs/heads/main)`,
    'A commit that removes a value is not enough, because the earlier one still has it: rewrite every commit',
    'that has it (git commit --amend, or git rebase -i), and push again.',
  ]);
  expect(refused.stderr).not.toContain(VALUE);
  const stored = await rig.git('--git-dir', rig.repositoryDir('coder/app'), 'cat-file', '-e', oid);
  expect(stored.code, 'the commit is not in the repository').not.toBe(0);

  await git('rm', '-q', 'config.env');
  await git('commit', '-q', '-m', 'removed');
  expect((await push('main')).code, 'a later commit that removes it').not.toBe(0);
  await git('reset', '-q', '--soft', 'HEAD~2');
  await git('commit', '-q', '--allow-empty', '-m', 'rewritten');
  expect((await push('main')).code).toBe(0);
});

test('a first push with a secret leaves no repository', async () => {
  await commit('config.env', VALUE);
  expect((await push('main')).stderr).toContain('DEPLOY in config.env, line 1');
  expect((await rig.operator.call('listRepos', {})).repos.map(({ name }) => name)).toEqual(['docs']);
});

test('each encoding is refused', async () => {
  for (const { bytes } of encodeSecret(VALUE)) {
    await commit('x.txt', `before ${String(bytes)} after`);
    expect((await push('main')).stderr, String(bytes)).toContain('DEPLOY in x.txt, line 1');
    await git('reset', '-q', '--hard', 'HEAD~1');
  }
});

test('in the middle of a large file, and where two batches of the search meet', async () => {
  for (const before of [2 * MIB - 5, 5 * MIB]) {
    // Lines, because text packs well.
    const bytes = Buffer.from('0123456789abcde\n'.repeat(before / 16).padEnd(before, '.'));
    await commit('big.txt', Buffer.concat([bytes, Buffer.from(VALUE), Buffer.alloc(3 * MIB, 'y\n')]));
    const line = Math.floor(before / 16) + 1;
    expect((await push('main')).stderr).toContain(`DEPLOY in big.txt, line ${line} (`);
    await git('reset', '-q', '--hard', 'HEAD~1');
  }
});

test('in a message, an author, a tag, the name of a file or directory, and a branch', async () => {
  expect((await push('main')).code).toBe(0);
  const value = 'plain-value-9Kq2';
  rig.learnSecrets([{ name: 'PLAIN', value }]);
  await git('commit', '-q', '--allow-empty', '-m', `about ${value}`);
  expect((await push('main')).stderr).toMatch(/PLAIN in the message or the author of a commit \(commit \w{12}, refs/);
  await git('commit', '-q', '--amend', '--allow-empty', '-m', 'fine', '--author', `${value} <a@b>`);
  expect((await push('main')).stderr).toContain('PLAIN in the message or the author of a commit');
  await git('reset', '-q', '--hard', 'HEAD~1');

  await git('tag', '-a', '-m', value, 'v1');
  expect((await push('v1')).stderr).toContain('PLAIN in the message of a tag (refs/tags/v1)');

  await commit(`x-${value}.txt`, 'text\n');
  const named = await push('main');
  expect(named.stderr).toContain('PLAIN in the name of a file or directory in the top directory (commit');
  expect(named.stderr).not.toContain(value);
  await git('reset', '-q', '--hard', 'HEAD~1');

  const branch = await push(`main:refs/heads/${value}`);
  expect(remoteLines(branch.stderr)).toContain('  PLAIN in the name of a branch or tag');
  expect((await push('main:other')).code).toBe(0);
});

test('a path that contains a secret is not shown', async () => {
  const value = 'plain-value-9Kq2';
  rig.learnSecrets([
    { name: 'PLAIN', value },
    { name: 'DEPLOY', value: VALUE },
  ]);
  await commit(`${value}.txt`, VALUE);
  const { stderr } = await push('main');
  expect(stderr).toContain('DEPLOY in a file whose path is not shown, line 1');
  expect(stderr).not.toContain(value);
});

test('what the history already has is not searched again, and a deletion needs no search', async () => {
  rig.learnSecrets([]);
  await commit('old.txt', `${VALUE}\n${'line\n'.repeat(500)}`);
  expect((await push('main', 'main:old')).code).toBe(0);
  rig.learnSecrets([{ name: 'DEPLOY', value: VALUE }]);
  await commit('b.txt', 'b\n');
  expect((await push('main')).code, 'beside it').toBe(0);
  // A delta against the old file, sent without it: git adds the old one to what it received.
  await commit('old.txt', `removed\n${'line\n'.repeat(500)}`);
  expect((await push('main')).code, 'the commit that takes it out').toBe(0);
  await commit('again.txt', VALUE);
  expect((await push('main')).stderr).toContain('DEPLOY in again.txt, line 1');
  await rig.search.stop();
  expect((await push(':old')).code).toBe(0);
  await rig.search.start();
});

test('a secret that is set counts from the next push on, also in a forge that was restarted', async () => {
  rig.learnSecrets([]);
  await commit('b.txt', 'a-secret-of-later');
  expect((await push('main')).code).toBe(0);
  rig.learnSecrets([{ name: 'LATER', value: 'a-secret-of-later' }]);
  await rig.restart();
  await commit('c.txt', 'a-secret-of-later, again');
  expect((await push('main')).stderr).toContain('LATER in c.txt, line 1');
  rig.learnSecrets([]);
  expect((await push('main')).code).toBe(0);
});

test('a push waits for hived while that restarts, and is refused when it does not come back', async () => {
  await rig.search.stop();
  let asked = 0;
  const dying = createServer((client) => {
    asked += 1;
    client.destroy();
  });
  await listenUnix(dying, join(rig.dir, 'search.sock'), { mode: 0o600 });
  const waiting = push('main');
  await until('a connection is lost', () => asked > 0);
  await rig.search.start();
  expect((await waiting).code).toBe(0);
  await new Promise((resolve) => dying.close(resolve));
  await rig.close();
  rig = await startRig({ searchPatienceMs: 0 });
  url = `${rig.urlOf(CODER)}/coder/app.git`;
  work = await rig.makeWork('work', { 'a.txt': 'a\n' });
  await push('main');
  await commit('b.txt', 'b\n');
  await rig.search.stop();
  // A first push to another name, and a later one to this.
  const first = await git('push', `${rig.urlOf(CODER)}/coder/other.git`, 'main');
  expect(first.stderr).toContain('the search for secrets failed: hived does not answer; try again later)');
  const refused = await push('main');
  expect(refused.code).not.toBe(0);
  expect(refused.stderr).toContain('This push is refused: the search for secrets failed: hived does not answer');
});

test('the operator is told once for each secret and repository, however often it is pushed, and of their own push not by mail', async () => {
  await commit('x.txt', VALUE);
  await push('main');
  await push('main:other');
  expect(await refusals()).toMatchObject([
    {
      by: 'coder',
      repo: 'coder/app',
      data: { secrets: ['DEPLOY'], places: [{ secret: 'DEPLOY', where: 'file', path: 'x.txt', line: 1 }] },
      mail: [{ to: 'operator' }],
    },
  ]);
  for (let n = 0; n < 12; n += 1) await git('push', `${rig.urlOf(CODER)}/coder/app-${n}.git`, 'main');
  expect(await refusals()).toHaveLength(10);
  await git('push', `${rig.urlOf('operator')}/coder/app.git`, 'main');
  expect((await refusals()).at(-1)).toMatchObject({ by: 'operator', mail: [] });
  expect(JSON.stringify(await rig.facts())).not.toContain(VALUE.slice(12));
});

test('a first push does not create a repository with a secret in its name', async () => {
  const value = 'plain-value-9Kq2';
  rig.learnSecrets([{ name: 'PLAIN', value }]);
  const refused = await git('push', `${rig.urlOf(CODER)}/coder/of-${value}.git`, 'main');
  expect(refused.code).not.toBe(0);
  expect(refused.stderr).toContain('the name of the repository contains PLAIN');
  expect((await rig.operator.call('listRepos', {})).repos.map(({ name }) => name)).toEqual(['docs']);
  expect(JSON.stringify(await rig.facts())).not.toContain(value);
  expect((await push('main')).code).toBe(0);
});

test('a repository is not created with a secret in its name or description', async () => {
  const value = 'plain-value-9Kq2';
  rig.learnSecrets([{ name: 'PLAIN', value }]);
  const create = (name: string, description: string) =>
    rig.agent(CODER).call('createRepo', { name: name as RepoName, description });
  await expect(create('app', `about ${value}`)).rejects.toMatchObject({
    code: 'contains_secret',
    message: 'The text contains PLAIN: it is not stored. Remove the value.',
  });
  await expect(create(value, '')).rejects.toMatchObject({ code: 'contains_secret' });
  await create('app', 'fine');
});

test('of several refs the one with the commit is named, and of many places the first ones', async () => {
  await git('branch', 'clean');
  for (let n = 0; n < 12; n += 1) await writeFile(join(work, `f${n}.txt`), `${n}\n${VALUE}\n${VALUE}`);
  await git('add', '.');
  await git('commit', '-q', '-m', 'many');
  const lines = remoteLines((await push('clean', 'main')).stderr);
  expect(
    lines.filter((line) => /DEPLOY in f\d+.txt, line 2 \(commit \w{12}, refs\/heads\/main\)/.test(line)),
  ).toHaveLength(10);
  expect(lines).toContain('  and more');
});

test('a pusher that goes during the search leaves no process and no lock', async () => {
  expect((await push('main')).code).toBe(0);
  await commit('x.txt', 'x\n');
  await rig.search.stop();
  const asked: Socket[] = [];
  const silent = createServer({ allowHalfOpen: true }, (client) => {
    asked.push(client.on('error', () => undefined).resume());
  });
  await listenUnix(silent, join(rig.dir, 'search.sock'), { mode: 0o600 });
  // A group of its own: its children hold the connection.
  const pusher = spawn('git', ['-C', work, 'push', url, 'main'], { stdio: 'ignore', detached: true });
  await until('the search is under way', () => asked.length > 0);
  process.kill(-pusher.pid!, 'SIGKILL');
  await until('its git is gone', async () => (await gitGroupsIn(rig.dir)).length === 0);
  for (const client of asked) client.destroy();
  await new Promise((resolve) => silent.close(resolve));
  await rig.search.start();
  expect((await push('main')).code).toBe(0);
});

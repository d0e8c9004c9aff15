import { randomBytes } from 'node:crypto';
import { readdir, writeFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { request } from 'undici';
import { afterEach, expect, test } from 'vitest';
import type { Limits } from './limits.ts';
import { CODER, type ForgeRig, MANAGER, startRig } from './testing/forge-rig.ts';
import { until } from './testing/until.ts';
import { UNFINISHED_PUSH } from './testing/push-head.ts';
import { countInGroups, gitGroupsIn } from './testing/processes.ts';

const MIB = 1024 * 1024;
let rig: ForgeRig;
afterEach(() => rig.close());

async function start(limits: Partial<Limits> = {}, maxPackBytes = 8 * MIB) {
  rig = await startRig(limits, maxPackBytes);
  const work = await rig.makeWork('work', { 'a.txt': 'a\n' });
  const url = `${rig.urlOf(CODER)}/coder/app.git`;
  return { work, url };
}

/**
 * Vulnerability: refs outside branches and tags (refs/pull/*, refs/replace/*) change what others see. Scenario: push
 * into them, list them. Verified: refused by name; existing ones are not shown.
 */
test('refs outside branches and tags are inaccessible', async () => {
  const { work, url } = await start();
  for (const ref of ['refs/anything/secret', 'refs/replace/x', 'refs/notes/n', 'refs/x']) {
    const pushed = await rig.git('-C', work, 'push', url, `main:${ref}`);
    expect(pushed.code).not.toBe(0);
    expect(pushed.stderr).toContain('hidden ref');
  }
  await rig.git('-C', work, 'push', '-q', url, 'main', 'main:refs/tags/v1');
  await rig.git(`--git-dir=${rig.repositoryDir('coder/app')}`, 'update-ref', 'refs/secret/x', 'refs/heads/main');
  const listed = await rig.git('ls-remote', url);
  expect(listed.stdout.split('\n').map((line) => line.split('\t')[1])).toEqual([
    'HEAD',
    'refs/heads/main',
    'refs/tags/v1',
    undefined,
  ]);
});

/**
 * Vulnerability: a branch called `-x` becomes an option of a command line that it is later passed to. Scenario: push
 * such names. Verified: the whole push is refused with the reason.
 */
test('branches and tags that look like options are refused', async () => {
  const { work, url } = await start();
  for (const ref of ['refs/heads/-x', 'refs/heads/--upload-pack=touch', 'refs/tags/-v1']) {
    const pushed = await rig.git('-C', work, 'push', url, 'main:refs/heads/fine', `main:${ref}`);
    expect(pushed.stderr).toContain(`remote: A branch or tag may not start with '-': ${ref}`);
  }
  expect(await repositories()).toEqual(['docs']);
});

test('a flood of refs in one push is refused', async () => {
  const { work, url } = await start({ maxRefsPerPush: 3 });
  const specs = ['1', '2', '3', '4'].map((name) => `main:refs/heads/b${name}`);
  const pushed = await rig.git('-C', work, 'push', url, ...specs);
  expect(pushed.stderr).toContain('remote: One push may change 3 branches and tags; this one changes 4.');
  expect((await rig.git('-C', work, 'push', url, ...specs.slice(1))).code).toBe(0);
});

/**
 * Vulnerability: tree entries such as `.git` or `..` write outside the work tree when checked out. Scenario: push
 * commits whose trees contain them. Verified: git's fsck refuses the pack.
 */
test('trees that would write outside a work tree are refused', async () => {
  const { work, url } = await start();
  const blob = (await rig.git('-C', work, 'rev-parse', 'HEAD:a.txt')).stdout.trim();
  for (const name of ['.git', '..', 'git~1', '.GIT', 'a/b']) {
    const raw = Buffer.concat([Buffer.from(`100644 ${name}\0`), Buffer.from(blob, 'hex')]);
    await writeFile(join(rig.dir, 'tree'), raw);
    const hash = ['-C', work, 'hash-object', '-t', 'tree', '-w', '--literally', join(rig.dir, 'tree')];
    const tree = (await rig.git(...hash)).stdout.trim();
    const commit = (await rig.git('-C', work, 'commit-tree', tree, '-m', 'evil')).stdout.trim();
    expect(commit).toMatch(/^[0-9a-f]{40}$/);
    const pushed = await rig.git('-C', work, 'push', url, `${commit}:refs/heads/evil`);
    expect(pushed.stderr, name).toContain('remote rejected');
  }
  expect(await repositories()).toEqual(['docs']);
});

/**
 * Vulnerability: a small gzip body unpacks to gigabytes. Scenario: 64 MiB of zeros in 64 KiB. Verified: cut at the
 * limit with 413, no git process left, no file left.
 */
test('a gzip bomb is cut at the limit after unpacking', async () => {
  const { work, url } = await start({ maxNegotiationBytes: MIB }, MIB);
  await rig.git('-C', work, 'push', '-q', url, 'main');
  const bomb = gzipSync(Buffer.concat([Buffer.from('0000'), Buffer.alloc(64 * MIB)]));
  for (const service of ['git-upload-pack', 'git-receive-pack']) {
    const headers = { 'content-type': `application/x-${service}-request`, 'content-encoding': 'gzip' };
    const answer = await request(`${url}/${service}`, { method: 'POST', headers, body: bomb });
    expect(answer.statusCode).toBe(413);
    await answer.body.dump();
    const broken = await request(`${url}/${service}`, { method: 'POST', headers, body: Buffer.from('no gzip') });
    expect(broken.statusCode).toBe(400);
    expect(await broken.body.text()).toBe('The body is not whole, valid gzip.\n');
  }
  await until('no git is left', async () => (await gitGroupsIn(rig.dir)).length === 0);
  expect(await quarantines()).toEqual([]);
});

test('a pack over the limit is refused with a reason, and the repository is not changed', async () => {
  const { work, url } = await start({}, MIB);
  await writeFile(join(work, 'big'), randomBytes(1.5 * MIB));
  await rig.git('-C', work, 'add', '.');
  await rig.git('-C', work, 'commit', '-q', '-m', 'big');
  const pushed = await rig.git('-C', work, 'push', url, 'main');
  expect(pushed.code).not.toBe(0);
  expect(pushed.stderr).toContain('main -> main (one push may bring a pack of 1 MiB; this one is larger)');
  expect(pushed.stderr).not.toContain('Everything up-to-date');
  const incoming = join(rig.dir, 'root', 'incoming');
  await until('nothing is left of it', async () => (await readdir(incoming)).length === 0);
  // Far over the limit, and into an existing repository.
  expect((await rig.git('-C', work, 'push', '-q', url, 'main~1:refs/heads/main')).code).toBe(0);
  await writeFile(join(work, 'huge'), randomBytes(6 * MIB));
  await rig.git('-C', work, 'add', '.');
  await rig.git('-C', work, 'commit', '-q', '-m', 'huge');
  const again = await rig.git('-C', work, 'push', url, 'main');
  expect(again.stderr).toContain('main -> main (one push may bring a pack of 1 MiB; this one is larger)');
  expect(again.stderr).not.toContain('Everything up-to-date');
  expect(await quarantines()).toEqual([]);
});

test('an owner whose capacity is used up gets an error; others go on', async () => {
  const { work, url } = await start({ maxOwnerBytes: 100 * 1024, maxOwnerRepositories: 2 });
  await writeFile(join(work, 'big'), randomBytes(200 * 1024));
  await rig.git('-C', work, 'add', '.');
  await rig.git('-C', work, 'commit', '-q', '-m', 'big');
  expect((await rig.git('-C', work, 'push', url, 'main')).code).toBe(0);
  const more = await rig.git('-C', work, 'push', url, 'main:more');
  expect(more.stderr).toMatch(/remote error: coder's repositories take \d+ bytes; it may have 102400/);
  const manager = `${rig.urlOf(MANAGER)}/manager`;
  for (const name of ['one', 'two'])
    expect((await rig.git('-C', work, 'push', `${manager}/${name}`, 'main~1:refs/heads/main')).code).toBe(0);
  const third = await rig.git('-C', work, 'push', `${manager}/three`, 'main');
  expect(third.stderr).toContain('manager has 2 repositories; that is as many as it may have.');
});

/**
 * Vulnerability: a client that disconnects leaves git, or its children, running. Scenario: pushes that stop half way,
 * clones that stop reading, all cut. Verified: every process of every group is gone.
 */
test('aborted pushes leave no process and no quarantine', async () => {
  const { work, url } = await start();
  await rig.git('-C', work, 'push', '-q', url, 'main');
  const sockets: Socket[] = [];
  for (let i = 0; i < 12; i += 1) sockets.push(openPost('git-receive-pack', UNFINISHED_PUSH));
  await until('git runs', async () => (await gitGroupsIn(rig.dir)).length > 0);
  const groups = await gitGroupsIn(rig.dir);
  for (const socket of sockets) socket.destroy();
  await until('no git is left', async () => (await gitGroupsIn(rig.dir)).length === 0);
  await until('no child is left', async () => (await countInGroups(groups)) === 0);
  expect(await quarantines()).toEqual([]);
  expect((await rig.git('-C', work, 'push', '-q', url, 'main:after')).code).toBe(0);
});

test('an aborted clone ends pack-objects too', async () => {
  const { work, url } = await start({}, 64 * MIB);
  await writeFile(join(work, 'big'), randomBytes(3 * MIB));
  await rig.git('-C', work, 'add', '.');
  await rig.git('-C', work, 'commit', '-q', '-m', 'big');
  await rig.git('-C', work, 'push', '-q', url, 'main');
  const head = (await rig.git('-C', work, 'rev-parse', 'HEAD')).stdout.trim();
  const want = `0032want ${head}\n00000009done\n`;
  const socket = openPost('git-upload-pack', want, true);
  await new Promise<void>((resolve) => {
    socket.once('readable', resolve);
  });
  await until('git and its pack-objects run', async () => (await countInGroups(await gitGroupsIn(rig.dir))) >= 2);
  const groups = await gitGroupsIn(rig.dir);
  socket.destroy();
  await until('all are gone', async () => (await countInGroups(groups)) === 0);
});

test('a push that stops sending is cut after the idle limit', async () => {
  const { work, url } = await start({ idleMs: 150 });
  await rig.git('-C', work, 'push', '-q', url, 'main');
  const socket = openPost('git-receive-pack', UNFINISHED_PUSH);
  await new Promise<void>((resolve) => {
    socket.once('close', resolve);
    socket.resume();
  });
  await until('no git is left', async () => (await gitGroupsIn(rig.dir)).length === 0);
});

test('closing ends a push that does not finish in time, and its git', async () => {
  const { work, url } = await start();
  await rig.git('-C', work, 'push', '-q', url, 'main');
  const socket = openPost('git-receive-pack', UNFINISHED_PUSH);
  await until('git runs', async () => (await gitGroupsIn(rig.dir)).length > 0);
  await rig.forge.close(50);
  expect(await gitGroupsIn(rig.dir)).toEqual([]);
  await until('the connection is cut', () => socket.destroyed);
});

/** A raw POST on coder's socket whose body begins with `text` and (unless `whole`) never ends. */
function openPost(service: string, text: string, whole = false): Socket {
  const socket = connect({ path: rig.socketOf(CODER) });
  socket.on('error', () => undefined);
  socket.write(
    `POST /coder/app.git/${service} HTTP/1.1\r\nhost: forge\r\ncontent-type: application/x-${service}-request\r\n` +
      `content-length: ${whole ? text.length : 100_000}\r\n\r\n${text}`,
  );
  return socket;
}

async function quarantines(): Promise<string[]> {
  const names = await readdir(join(rig.repositoryDir('coder/app'), 'objects'));
  return names.filter((name) => name.startsWith('tmp_'));
}

/** The repositories that the operator sees: a refused first push creates none. */
async function repositories(): Promise<string[]> {
  return (await rig.operator.call('listRepos', {})).repos.map(({ name }) => name);
}

import { mkdir, readdir, readFile, stat, utimes } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { request } from 'undici';
import { afterEach, expect, test } from 'vitest';
import type { Limits } from './limits.ts';
import { openForgeDb } from './store/forge-db.ts';
import { openPushes } from './store/pushes.ts';
import { CODER, type ForgeRig, SCOUT, startRig } from './testing/forge-rig.ts';
import { until } from './testing/until.ts';
import { UNFINISHED_PUSH } from './testing/push-head.ts';

let rig: ForgeRig;
let work: string;
let url: string;
afterEach(() => rig.close());

async function start(limits: Partial<Limits> = {}) {
  rig = await startRig(limits);
  work = await rig.makeWork('work', { 'a.txt': 'a\n' });
  url = `${rig.urlOf(CODER)}/coder/app.git`;
}
const push = (...specs: string[]) => rig.git('-C', work, 'push', url, ...specs);
const names = async () => (await rig.operator.call('listRepos', {})).repos.map(({ name }) => name);
/** The lines that name a refused ref. */
const rejected = (stderr: string) => stderr.split('\n').filter((line) => line.startsWith(' ! '));

test('a refused or abandoned first push leaves no repository and no event', async () => {
  await start();
  expect((await push('main:refs/heads/-x')).code).not.toBe(0);
  await rig.git('-C', work, 'commit', '-q', '--allow-empty', '-m', 'second');
  const shallow = join(rig.dir, 'shallow');
  await rig.git('clone', '-q', '--depth=1', `file://${work}`, shallow);
  const refused = await rig.git('-C', shallow, 'push', url, 'main');
  expect(refused.stderr).toContain('git fetch --unshallow');
  await request(`${url}/info/refs?service=git-receive-pack`).then(({ body }) => body.dump());
  expect(await names()).toEqual(['docs']);
  const incoming = join(rig.dir, 'root', 'incoming');
  await until('nothing is left of it', async () => (await readdir(incoming)).length === 0);
  expect((await rig.facts()).filter(({ repo }) => repo === 'coder/app')).toEqual([]);
  expect((await push('main')).code).toBe(0);
  expect(await names()).toEqual(['app', 'docs']);
});

test('concurrent first pushes create one repository, and each is recorded under its pusher', async () => {
  await start();
  const both = await Promise.all([
    push('main:a'),
    rig.git('-C', work, 'push', `${rig.urlOf('operator')}/coder/app`, 'main:b'),
  ]);
  expect(both.map(({ code }) => code)).toEqual([0, 0]);
  const facts = (await rig.facts()).filter(({ repo }) => repo === 'coder/app');
  const pushed = facts
    .filter(({ kind }) => kind === 'forge.pushed')
    .map(({ by, data }) => `${by} ${JSON.stringify(data)}`);
  expect(facts.filter(({ kind }) => kind === 'forge.repo_created')).toHaveLength(1);
  expect(pushed).toHaveLength(2);
  expect(pushed.find((line) => line.startsWith('coder'))).toContain('refs/heads/a');
  expect(pushed.find((line) => line.startsWith('operator'))).toContain('refs/heads/b');
});

test('a branch that would be a directory of another one is refused with the reason behind its name', async () => {
  await start();
  await push('main:a/b');
  const refused = await push('main:a');
  expect(refused.code).not.toBe(0);
  expect(rejected(refused.stderr)).toEqual([
    ' ! [remote rejected] main -> a (a cannot be beside a/b: choose another name, or delete a/b first)',
  ]);
  expect((await push(':a/b', 'main:c')).stderr).toContain('refusing to delete the current branch');
  expect((await push('main:x')).code).toBe(0);
});

test('a clone of a repository with tags only has the newest one; its first branch is the default', async () => {
  await start();
  await rig.git('-C', work, 'tag', '-a', '-m', 'one', 'v1');
  expect((await push('v1')).code).toBe(0);
  for (const version of [0, 2]) {
    const back = join(rig.dir, `back-${version}`);
    const cloned = await rig.git('-c', `protocol.version=${version}`, 'clone', url, back);
    expect(cloned).toMatchObject({ code: 0 });
    expect(cloned.stderr).not.toContain('nonexistent ref');
    expect(await readFile(join(back, 'a.txt'), 'utf8')).toBe('a\n');
  }
  const head = () => readFile(join(rig.repositoryDir('coder/app'), 'HEAD'), 'utf8');
  await rig.restart();
  expect((await push(':v1')).code).toBe(0);
  expect(await head()).toBe('ref: refs/heads/main\n');
  await push('v1');
  await push('main');
  expect(await head()).toBe('ref: refs/heads/main\n');
});

test('git-lfs is refused early, in its own format; for every repository alike', async () => {
  await start();
  const answers = [];
  for (const path of ['coder/app.git', 'coder/nothing.git', 'shared/docs'])
    for (const end of ['objects/batch', 'locks', 'locks/verify']) {
      const headers = { 'content-type': 'application/vnd.git-lfs+json' };
      const to = `${rig.urlOf(SCOUT)}/${path}/info/lfs/${end}`;
      const answer = await request(to, { method: 'POST', headers, body: '{"operation":"upload"}' });
      expect(answer.statusCode).toBe(501);
      expect(answer.headers['content-type']).toContain('application/vnd.git-lfs+json');
      answers.push(await answer.body.text());
    }
  expect(new Set(answers).size).toBe(1);
  expect(JSON.parse(answers[0] ?? '')).toEqual({ message: expect.stringMatching(/^There is no Git LFS here/) });
});

/**
 * Vulnerability: an owner within its bytes creates millions of refs or tiny objects, which slow everything down.
 * Scenario: push beyond a limit of each. Verified: refused in one line before a ref moves; deleting still works.
 */
test('an owner has a limit of refs and objects, over all its repositories', async () => {
  await start({ maxOwnerRefs: 3, maxOwnerObjects: 5 });
  expect((await push('main:1', 'main:2')).code).toBe(0);
  const other = `${rig.urlOf(CODER)}/coder/other.git`;
  const refs = await rig.git('-C', work, 'push', other, 'main:3', 'main:4');
  expect(rejected(refs.stderr)[0]).toBe(
    ' ! [remote rejected] main -> 3 (coder has 2 branches and tags; it may have 3)',
  );
  expect((await push(':2')).code).toBe(0);
  const many = await rig.makeWork('many', { a: '1', b: '2', c: '3' });
  const objects = await rig.git('-C', many, 'push', other, 'main');
  expect(rejected(objects.stderr)).toEqual([
    ' ! [remote rejected] main -> main (this push has 5 objects; coder may have 2 more in the forge)',
  ]);
  expect(await names()).toEqual(['app', 'docs']);
  expect((await push('main:3')).code, 'objects that are there count once').toBe(0);
});

test('leftovers of killed pushes are removed at the next start, however young', async () => {
  await start();
  await push('main');
  const left = [
    join(rig.repositoryDir('coder/app'), 'objects', 'tmp_objdir-incoming-abc'),
    // No process has this pid.
    join(rig.dir, 'root', 'incoming', '5000000.x.git'),
  ];
  const old = join(rig.dir, 'root', 'incoming', `${process.pid}.old.git`);
  const young = join(rig.dir, 'root', 'incoming', `${process.pid}.young.git`);
  await rig.restart(async () => {
    for (const path of [...left, old, young]) await mkdir(path);
    await utimes(old, 1, 1);
  });
  expect(await readdir(join(rig.dir, 'root', 'incoming')), 'a maker that lives').toEqual([`${process.pid}.young.git`]);
  expect(await readdir(join(rig.repositoryDir('coder/app'), 'objects'))).not.toContain('tmp_objdir-incoming-abc');
});

test('the quarantine of an ended push is removed by the next push; that of a running push stays, also when another forge starts', async () => {
  await start();
  await push('main');
  const quarantine = join(rig.repositoryDir('coder/app'), 'objects', 'tmp_objdir-incoming-left');
  const isThere = () => stat(quarantine).then(Boolean, () => false);
  await mkdir(quarantine);
  await push('main:next');
  expect(await isThere()).toBe(false);
  await mkdir(quarantine);
  const open = beginPush();
  const db = openForgeDb(join(rig.dir, 'root', 'forge.db'), null);
  await until('the push is open', () => openPushes(db).length > 0);
  db.close();
  const second = await rig.startSecond();
  await second.close(1_000);
  expect(await isThere()).toBe(true);
  open.destroy();
  await until('it is removed with the end of its push', async () => !(await isThere()));
});

/** A push into coder/app whose body stays incomplete. */
function beginPush(): Socket {
  const socket = connect({ path: rig.socketOf(CODER) });
  socket.on('error', () => undefined);
  socket.write(
    `POST /coder/app.git/git-receive-pack HTTP/1.1\r\nhost: forge\r\n` +
      `content-type: application/x-git-receive-pack-request\r\ncontent-length: 100000\r\n\r\n${UNFINISHED_PUSH}`,
  );
  return socket;
}

/**
 * Vulnerability: maintenance deletes objects that somebody still needs, keeps pushes waiting, or leaves a repository
 * that git finds broken. Scenario: branches that are deleted, pull requests whose commits were pushed over, a push that
 * comes while git packs, a full disk. Verified on the disk, by git's own check.
 */
import { createHash } from 'node:crypto';
import { chmod, readdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { type ClientRequest, request } from 'node:http';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Limits } from './limits.ts';
import { CODER, type ForgeRig, startRig } from './testing/forge-rig.ts';
import { UNFINISHED_PUSH } from './testing/push-head.ts';
import { until } from './testing/until.ts';
import { app, withPulls } from './testing/with-pulls.ts';

const DAY_MS = 24 * 3_600_000;
const forge = withPulls();
const path = () => forge.rig.repositoryDir('web/app');
const git = (...argv: string[]) => forge.rig.git(`--git-dir=${path()}`, ...argv);
const maintain = async () => (await forge.rig.operator.call('maintainRepo', app)).repo;
const isThere = async (oid: string) => (await git('cat-file', '-e', oid)).code === 0;
const packFiles = async () => (await readdir(join(path(), 'objects/pack'))).toSorted();

/** As if all objects had been written, and seen as unreachable, so long ago. */
async function age(ms: number): Promise<void> {
  const at = new Date(Date.now() - ms);
  for (const entry of await readdir(join(path(), 'objects'), { recursive: true, withFileTypes: true }))
    if (entry.isFile()) await utimes(join(entry.parentPath, entry.name), at, at);
  for (const name of await packFiles()) {
    if (!name.endsWith('.mtimes')) continue;
    const file = join(path(), 'objects/pack', name);
    const bytes = await readFile(file);
    // 12 bytes of header, a time for each object, the checksums of the pack and of this file.
    for (let offset = 12; offset < bytes.length - 40; offset += 4) bytes.writeUInt32BE(at.getTime() / 1000, offset);
    createHash('sha1')
      .update(bytes.subarray(0, -20))
      .digest()
      .copy(bytes, bytes.length - 20);
    await chmod(file, 0o600);
    await writeFile(file, bytes);
  }
}

async function expectWhole(): Promise<void> {
  expect(await git('fsck', '--full', '--strict')).toMatchObject({ code: 0 });
}

test('packs are joined and indexed; what it did and when the next look is can be seen', async () => {
  for (const branch of ['one', 'two', 'three']) await forge.pushChange(branch, ['b.txt', branch]);
  const [before] = (await forge.rig.operator.call('listMaintenance', {})).repos.filter(({ owner }) => owner === 'web');
  expect(before).toMatchObject({ ...app, workedAt: null, did: [], trouble: null });
  const done = await maintain();
  expect(done).toMatchObject({ ...app, packs: 1, loose: 0, did: ['graph', 'prune'], trouble: null });
  expect(done.nextAt).toBeGreaterThan(Date.now());
  expect(await packFiles()).toContain('multi-pack-index');
  expect(await readdir(join(path(), 'objects/info/commit-graphs'))).toContain('commit-graph-chain');
  expect((await git('commit-graph', 'verify')).code).toBe(0);
  await expectWhole();
  expect((await forge.rig.operator.call('listMaintenance', {})).repos).toContainEqual(done);
});

test('what no ref leads to is kept for the whole grace after it was seen so, however old it is', async () => {
  const lost = await forge.pushChange('gone', ['b.txt', 'gone']);
  await age(400 * DAY_MS);
  expect((await forge.rig.git('-C', forge.work, 'push', '-q', forge.urlOf(CODER), ':gone')).code).toBe(0);
  await maintain();
  expect(await isThere(lost)).toBe(true);
  await age(6 * DAY_MS);
  await maintain();
  expect(await isThere(lost)).toBe(true);
  await age(8 * DAY_MS);
  await maintain();
  expect(await isThere(lost)).toBe(false);
  await expectWhole();
});

test('an object that is pushed again before the end of its grace stays', async () => {
  const lost = await forge.pushChange('back', ['b.txt', 'back']);
  await forge.rig.git('-C', forge.work, 'push', '-q', forge.urlOf(CODER), ':back');
  await maintain();
  await age(8 * DAY_MS);
  await forge.rig.git('-C', forge.work, 'push', '-q', forge.urlOf(CODER), `${lost}:refs/heads/back`);
  await maintain();
  expect((await git('rev-parse', 'back')).stdout.trim()).toBe(lost);
  await expectWhole();
});

test('commits that open pull requests name are kept, those of ended ones as long as their diff is shown', async () => {
  const first = await forge.pushChange('fix', ['b.txt', 'first']);
  const { number } = (await forge.open('fix')).pull;
  await forge.approve(number, first);
  await forge.pushChange('fix', ['b.txt', 'second']);
  const other = await forge.pushChange('other', ['a.txt', 'other']);
  const closed = (await forge.open('other')).pull.number;
  await forge.rig.agent(CODER).call('editPull', { ...app, number: closed, state: 'closed' });
  await forge.rig.git('-C', forge.work, 'push', '-q', forge.urlOf(CODER), ':other');
  for (let run = 0; run < 3; run += 1) {
    await maintain();
    await age(8 * DAY_MS);
  }
  expect(await isThere(first), 'the commit that was approved').toBe(true);
  expect(await isThere(other), 'the commit of the closed one').toBe(true);
  await expectWhole();
  // By hand all of it goes: it may be a secret.
  await forge.rig.operator.call('pruneRepo', app);
  expect([await isThere(first), await isThere(other)]).toEqual([false, false]);
  await expectWhole();
});

test('by hand, what maintenance put aside for its grace is deleted at once', async () => {
  const lost = await forge.pushChange('gone', ['b.txt', 'gone']);
  await forge.rig.git('-C', forge.work, 'push', '-q', forge.urlOf(CODER), ':gone');
  await maintain();
  expect(await isThere(lost)).toBe(true);
  await forge.rig.operator.call('pruneRepo', app);
  expect(await isThere(lost)).toBe(false);
  await expectWhole();
});

let other: ForgeRig | null = null;
beforeEach(() => void (other = null));
afterEach(() => other?.close());

/** A push that never sends its objects. */
function fetchSlowly(url: string): ClientRequest {
  const sent = request(url, { method: 'POST', headers: { 'content-type': 'application/x-git-receive-pack-request' } });
  sent.on('error', () => undefined);
  sent.write(UNFINISHED_PUSH);
  return sent;
}

async function startOther(limits: Partial<Limits>, repackScript?: string): Promise<{ work: string; url: string }> {
  const bin = join(forge.rig.dir, 'bin');
  const path = process.env['PATH'] ?? '/usr/bin:/bin';
  if (repackScript !== undefined) {
    await forge.rig.git('init', '-q', bin);
    await writeFile(
      join(bin, 'git'),
      `#!/bin/sh\ncase "$*" in *repack*) ${repackScript};; esac\nPATH=${path} exec git "$@"\n`,
    );
    await chmod(join(bin, 'git'), 0o755);
  }
  other = await startRig(limits, undefined, { path: repackScript === undefined ? path : `${bin}:${path}` });
  const work = await other.makeWork('work', { 'a.txt': 'a\n' });
  const url = `${other.urlOf(CODER)}/coder/app.git`;
  expect((await other.git('-C', work, 'push', '-q', url, 'main')).code).toBe(0);
  return { work, url };
}

test('it comes by itself, one repository after the other', async () => {
  const { work, url } = await startOther({ upkeepFirstMs: 0, upkeepTickMs: 10, upkeepEveryMs: 20, repackEveryMs: 0 });
  for (const branch of ['one', 'two', 'three'])
    expect((await other!.git('-C', work, 'push', '-q', url, `main:${branch}`)).code).toBe(0);
  const list = async () => (await other!.operator.call('listMaintenance', {})).repos;
  await until('all are looked at, and packed', async () =>
    (await list()).every(({ packs, did }) => packs === 1 && did.includes('graph')),
  );
});

test('a push that comes meanwhile ends it and goes on; the next look is soon', async () => {
  const mark = join(forge.rig.dir, 'packing');
  const { work, url } = await startOther({ upkeepYieldMs: 0 }, `touch ${mark}; exec sleep 600`);
  const maintained = other!.operator.call('maintainRepo', { owner: CODER, name: app.name });
  await until('it packs', async () => (await readdir(forge.rig.dir)).includes('packing'));
  expect(await other!.git('-C', work, 'push', '-q', url, 'main:next')).toMatchObject({ code: 0, stderr: '' });
  const { repo } = await maintained;
  expect(repo).toMatchObject({ trouble: 'pushes came first; it is tried again soon', did: ['graph'] });
  expect(repo.nextAt! - Date.now()).toBeLessThan(3_600_000);
});

test('pushes that receive for ever do not keep maintenance from other repositories', async () => {
  const { url } = await startOther({ upkeepWaitMs: 50 });
  const slow = fetchSlowly(`${url}/git-receive-pack`);
  const name = app.name;
  const held = async () => (await other!.operator.call('maintainRepo', { owner: CODER, name })).repo;
  await until('it waits for the push', async () => (await held()).trouble !== null);
  expect((await held()).trouble).toBe('pushes came first; it is tried again soon');
  slow.destroy();
  await until('the push is over', async () => (await held()).trouble === null);
});

test('git that fails is told with what to do, and the repository goes on', async () => {
  const { work, url } = await startOther({}, 'exit 1');
  const { repo } = await other!.operator.call('maintainRepo', { owner: CODER, name: app.name });
  expect(repo.trouble).toContain('hivectl forge fsck coder/app');
  expect((await other!.git('-C', work, 'push', '-q', url, 'main:next')).code).toBe(0);
});

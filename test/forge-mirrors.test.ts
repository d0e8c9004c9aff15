/**
 * Mirrors of the forge with a real git server outside, by the real egress proxy of the gateway.
 *
 * Vulnerability: a mirror overwrites what is outside, publishes what the operator did not name or a secret, lets somebody
 * else change what follows a server, or deletes everything because that server has nothing for a moment.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { until } from '../forge/testing/until.ts';
import { CODER } from '../forge/testing/forge-rig.ts';
import type { RepoName, RepoOwner } from '../protocol/names.ts';
import type { MirrorView } from '../protocol/schemas/mirror.ts';
import { type Outside, openOutside } from './support/outside.ts';

let outside: Outside;
let made = 0;
beforeAll(async () => {
  outside = await openOutside();
});
afterAll(() => outside.close());
beforeEach(() => {
  outside.allow(outside.plain);
  outside.rig.learnSecrets([]);
});

type Repo = { owner: RepoOwner; name: RepoName };
const urlOf = (name: string) => `http://${outside.plain}/${name}.git`;

/** An empty repository outside. */
async function openEmpty(): Promise<string> {
  const name = `out${(made += 1)}`;
  await outside.host.git('init', '-q', '--bare', '-b', 'main', join(outside.host.dir, `${name}.git`));
  return name;
}

/** A repository of coder's with one commit on main, and its work tree. */
async function makeRepo(): Promise<Repo & { work: string; push: (...specs: string[]) => Promise<string> }> {
  const name = `app${(made += 1)}` as RepoName;
  const { rig } = outside;
  const work = await rig.makeWork(name, { file: 'one' });
  const push = async (...specs: string[]) =>
    (await rig.git('-C', work, 'push', '-q', `${rig.urlOf(CODER)}/${CODER}/${name}.git`, ...specs)).stderr;
  await push('main');
  return { owner: CODER as RepoOwner, name, work, push };
}

const commit = (work: string, words: string) =>
  outside.rig.git('-C', work, 'commit', '-q', '--allow-empty', '-m', words);

const add = async ({ owner, name }: Repo, more: object) =>
  (await outside.rig.operator.call('addMirror', { owner, name, direction: 'push', url: '', ...more } as never)).mirror;
const viewOf = async (id: number) =>
  (await outside.rig.operator.call('listMirrors', {})).mirrors.find((one) => one.id === id)!;
async function ended(id: number, since: number | null = null): Promise<MirrorView> {
  await until(
    'the mirror was tried',
    async () => {
      const { state, triedAt } = await viewOf(id);
      return state !== 'running' && triedAt !== null && triedAt !== since;
    },
    30_000,
  );
  return viewOf(id);
}
async function sync(id: number): Promise<MirrorView> {
  const { triedAt } = await viewOf(id);
  await outside.rig.operator.call('syncMirror', { id });
  return ended(id, triedAt);
}

const listRefs = async (path: string) =>
  new Map(
    (await outside.host.git(`--git-dir=${path}`, 'for-each-ref', '--format=%(refname) %(objectname)'))
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => line.split(' ') as [string, string]),
  );
const refsOutside = (name: string) => listRefs(join(outside.host.dir, `${name}.git`));
const refsInside = ({ owner, name }: Repo) => listRefs(outside.rig.repositoryDir(`${owner}/${name}`));
const mails = async () => (await outside.rig.facts()).flatMap(({ mail }) => mail.filter(({ to }) => to === 'operator'));
const factsOf = async ({ owner, name }: Repo, kind: string) =>
  (await outside.rig.facts()).filter((fact) => fact.repo === `${owner}/${name}` && fact.kind === kind);

test('a push mirror has the default branch, named branches and tags, after each change of them', async () => {
  const repo = await makeRepo();
  const out = await openEmpty();
  await repo.push('main:stable', 'main:work');
  await outside.rig.git('-C', repo.work, 'tag', 'v1');
  await repo.push('v1');
  const { id } = await add(repo, { url: urlOf(out), branches: ['stable'] });
  expect(await ended(id)).toMatchObject({ state: 'ok', error: null, nextAt: null });
  expect([...(await refsOutside(out)).keys()]).toEqual(['refs/heads/main', 'refs/heads/stable', 'refs/tags/v1']);
  await commit(repo.work, 'two');
  await repo.push('main');
  const head = (await refsInside(repo)).get('refs/heads/main');
  await until('the push is published', async () => (await refsOutside(out)).get('refs/heads/main') === head, 30_000);
  await until('it is recorded', async () => (await viewOf(id)).refs.some(({ oid }) => oid === head));
  expect(await factsOf(repo, 'forge.mirror_changed')).toMatchObject([{ data: { direction: 'push', removed: false } }]);
});

test('what diverged outside is reported and not overwritten, unless the operator said so', async () => {
  const repo = await makeRepo();
  const out = await openEmpty();
  const other = await outside.rig.makeWork(`other${(made += 1)}`, { file: 'other' });
  await outside.host.git('-C', other, 'push', '-q', join(outside.host.dir, `${out}.git`), 'main');
  const theirs = (await refsOutside(out)).get('refs/heads/main');
  await outside.rig.git('-C', repo.work, 'tag', 'v1');
  await repo.push('v1');
  const { id } = await add(repo, { url: urlOf(out) });
  const failed = await ended(id);
  expect(failed).toMatchObject({ state: 'failing', error: expect.stringContaining('has other commits in main') });
  expect((await refsOutside(out)).get('refs/heads/main')).toBe(theirs);
  // The tag is published all the same.
  expect((await refsOutside(out)).has('refs/tags/v1')).toBe(true);
  expect(failed.refs[0]).toMatchObject({
    ref: 'refs/heads/main',
    oid: null,
    error: expect.stringContaining('rejected'),
  });
  // The operator is told once.
  await sync(id);
  expect((await mails()).filter(({ body }) => JSON.stringify(body).includes(urlOf(out)))).toHaveLength(1);
  expect(await factsOf(repo, 'forge.mirror_failed')).toHaveLength(1);
  await outside.rig.operator.call('removeMirror', { id });
  const forced = await add(repo, { url: urlOf(out), force: true });
  expect(await ended(forced.id)).toMatchObject({ state: 'ok' });
  expect((await refsOutside(out)).get('refs/heads/main')).toBe((await refsInside(repo)).get('refs/heads/main'));
});

test('a secret that was set after it was pushed is not published', async () => {
  const repo = await makeRepo();
  const out = await openEmpty();
  await writeFile(join(repo.work, 'key'), 'token-9f8e7d6c5b4a3210\n');
  await outside.rig.git('-C', repo.work, 'add', '.');
  await commit(repo.work, 'a key');
  await repo.push('main');
  outside.rig.learnSecrets([{ name: 'DEPLOY', value: 'token-9f8e7d6c5b4a3210' }]);
  const { id } = await add(repo, { url: urlOf(out) });
  const failed = await ended(id);
  expect(failed.error).toMatch(/contains secrets of this hive: .*DEPLOY/);
  expect(failed.error).not.toContain('token-9f8e');
  expect((await refsOutside(out)).size).toBe(0);
  outside.rig.learnSecrets([]);
  expect(await sync(id)).toMatchObject({ state: 'ok' });
  expect(await factsOf(repo, 'forge.mirror_recovered')).toHaveLength(1);
});

test('a host that is not allowed any more fails with the command; redirects of a push are not followed', async () => {
  const repo = await makeRepo();
  const out = await openEmpty();
  const { id } = await add(repo, { url: urlOf(out) });
  await ended(id);
  outside.allow();
  expect((await sync(id)).error).toContain(`hivectl egress allow hive ${outside.plain}`);
  outside.allow(outside.plain);
  outside.host.state.redirect = `http://${outside.plain}/elsewhere`;
  const redirected = await sync(id);
  outside.host.state.redirect = null;
  expect(redirected.error).toContain('leads to another address');
  outside.allow();
  await expect(add(repo, { url: urlOf('next') })).rejects.toMatchObject({ code: 'outside_failed' });
});

test('a pull mirror follows a server: new, moved, forced and deleted branches and tags, and its default branch', async () => {
  const { host } = outside;
  const out = await openEmpty();
  const bare = join(host.dir, `${out}.git`);
  const work = await outside.rig.makeWork(`up${(made += 1)}`, { file: 'one' });
  await host.git('-C', work, 'push', '-q', bare, 'main', 'main:old', 'main:x');
  const repo = { owner: 'shared' as RepoOwner, name: out as RepoName };
  const { id } = await add(repo, { direction: 'pull', url: urlOf(out) });
  expect(await ended(id)).toMatchObject({ state: 'ok', everyMs: 3_600_000, error: null });
  expect(await refsInside(repo)).toEqual(await refsOutside(out));
  await host.git('-C', work, 'commit', '-q', '--amend', '--allow-empty', '-m', 'another first');
  await host.git('-C', work, 'tag', 'v2');
  await host.git('-C', work, 'push', '-q', '--force', bare, 'main:trunk', 'main:x', 'main:y/z', 'v2', ':old');
  await host.git(`--git-dir=${bare}`, 'symbolic-ref', 'HEAD', 'refs/heads/trunk');
  await host.git(`--git-dir=${bare}`, 'update-ref', '-d', 'refs/heads/main');
  expect((await sync(id)).error).toBeNull();
  expect(await refsInside(repo)).toEqual(await refsOutside(out));
  const { repos } = await outside.rig.operator.call('listRepos', {});
  expect(repos.find(({ name }) => name === repo.name)).toMatchObject({
    defaultBranch: 'trunk',
    follows: urlOf(out),
  });
  expect((await factsOf(repo, 'forge.pushed')).map(({ by }) => by)).toContain('system');
  // A server that has nothing for a moment deletes nothing.
  for (const ref of (await refsOutside(out)).keys()) await host.git(`--git-dir=${bare}`, 'update-ref', '-d', ref);
  const before = await refsInside(repo);
  expect((await sync(id)).error).toContain('Nothing is deleted here');
  expect(await refsInside(repo)).toEqual(before);
});

test('what follows a server takes no pushes, pull requests or rules from anybody, until the mirror is removed', async () => {
  const { host, rig } = outside;
  const out = await openEmpty();
  const work = await rig.makeWork(`up${(made += 1)}`, { file: 'one' });
  await host.git('-C', work, 'push', '-q', join(host.dir, `${out}.git`), 'main', 'main:x');
  const repo = { owner: CODER as RepoOwner, name: out as RepoName };
  const { id } = await add(repo, { direction: 'pull', url: urlOf(out), everyMs: 600_000 });
  await ended(id);
  await rig.git('-C', work, 'commit', '-q', '--allow-empty', '-m', 'ours');
  for (const who of [CODER, 'operator' as const])
    for (const spec of ['main', 'main:new', '+main:x', ':x']) {
      const { code, stderr } = await rig.git('-C', work, 'push', '-q', `${rig.urlOf(who)}/${CODER}/${out}.git`, spec);
      expect(code).not.toBe(0);
      expect(stderr).toContain(`is a mirror of ${urlOf(out)}`);
    }
  const pull = { ...repo, head: 'x', base: 'main', title: 't' };
  await expect(rig.operator.call('openPull', pull)).rejects.toMatchObject({ code: 'forbidden' });
  await expect(
    rig.operator.call('setRule', { ...repo, pattern: 'main', approvals: 1, direct: 'nobody' }),
  ).rejects.toMatchObject({ code: 'forbidden' });
  expect((await factsOf(repo, 'forge.pushed')).length).toBe(1);
  await rig.operator.call('removeMirror', { id });
  expect((await rig.git('-C', work, 'push', '-q', `${rig.urlOf(CODER)}/${CODER}/${out}.git`, 'main')).code).toBe(0);
});

test('a mirror is refused where it would lose something, and where there is one', async () => {
  const repo = await makeRepo();
  const out = await openEmpty();
  const pull = { direction: 'pull', url: urlOf(out) };
  await expect(add(repo, pull)).rejects.toMatchObject({
    code: 'forbidden',
    message: expect.stringContaining('--replace'),
  });
  await outside.rig.operator.call('setRule', {
    owner: repo.owner,
    name: repo.name,
    pattern: 'main',
    approvals: 1,
    direct: 'nobody',
  });
  await expect(add(repo, { ...pull, replaces: true })).rejects.toMatchObject({
    message: expect.stringContaining('rules'),
  });
  const { id } = await add(repo, { url: urlOf(out) });
  await ended(id);
  await expect(add(repo, { url: urlOf(out) })).rejects.toMatchObject({ code: 'duplicate_mirror' });
  await expect(add({ ...repo, name: 'missing' as RepoName }, { url: urlOf(out) })).rejects.toMatchObject({
    code: 'unknown_repo',
  });
  outside.rig.learnSecrets([{ name: 'DEPLOY', value: 'token-9f8e7d6c5b4a3210' }]);
  await expect(add(repo, { url: `${urlOf(out)}/token-9f8e7d6c5b4a3210` })).rejects.toMatchObject({
    code: 'contains_secret',
  });
  // With the repository its mirrors go.
  await outside.rig.operator.call('removeRepo', { owner: repo.owner, name: repo.name });
  expect((await outside.rig.operator.call('listMirrors', {})).mirrors.some((one) => one.id === id)).toBe(false);
});

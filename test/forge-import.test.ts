/**
 * Vulnerability: an import is made to read an address inside (by its URL, a redirect, or the addresses of a name), to take what a push may not bring, or to leave half a repository behind.
 * Scenario: a real git server outside, reached by the real egress proxy of the gateway, whose rules are the hive's.
 */
import { randomBytes } from 'node:crypto';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { RepoName } from '../protocol/names.ts';
import type { ImportView } from '../protocol/schemas/mirror.ts';
import { until } from '../forge/testing/until.ts';
import { type Outside, openOutside } from './support/outside.ts';

const TOKEN = 'ghp_hJ4wqZ81rTn5LkXc92bVtY';

let outside: Outside;
let made = 0;
beforeAll(async () => {
  outside = await openOutside();
  const { host } = outside;
  const bare = `--git-dir=${host.bare}`;
  const first = await host.git(bare, 'rev-parse', 'main');
  await host.git(bare, 'update-ref', 'refs/heads/trunk', first);
  await host.git(bare, 'symbolic-ref', 'HEAD', 'refs/heads/trunk');
  await host.git(bare, 'update-ref', 'refs/heads/-x', first);
  await host.git(bare, 'update-ref', 'refs/pull/1/head', first);
  await host.git(bare, 'tag', '-m', 'a tag', 'v1', first);
});
afterAll(() => outside.close());
beforeEach(() => {
  outside.allow(outside.plain, outside.tls);
  outside.host.state.hold = null;
  outside.host.state.redirect = null;
  outside.rig.learnSecrets([]);
});

const next = () => `r${(made += 1)}` as RepoName;

async function begin(url: string, name = next()): Promise<RepoName> {
  await outside.rig.operator.call('importRepo', { owner: 'operator', name, url });
  return name;
}
const viewOf = async (name: RepoName) =>
  (await outside.rig.operator.call('listImports', {})).imports.find((one) => one.name === name);
async function end(name: RepoName): Promise<ImportView> {
  await until('the import ends', async () => (await viewOf(name))?.state !== 'running', 30_000);
  return (await viewOf(name))!;
}
const importFrom = async (url: string) => end(await begin(url));
const refsOf = async (name: RepoName) =>
  (
    await outside.rig.git(
      `--git-dir=${outside.rig.repositoryDir(`operator/${name}`)}`,
      'for-each-ref',
      '--format=%(refname)',
    )
  ).stdout
    .trim()
    .split('\n');

async function expectNothingOf(name: RepoName): Promise<void> {
  const { repos } = await outside.rig.operator.call('listRepos', {});
  expect(repos.filter((repo) => repo.name === name)).toEqual([]);
  expect(await readdir(join(outside.rig.dir, 'root/incoming'))).toEqual([]);
  expect(
    (await readdir(join(outside.rig.dir, 'root/repositories/operator')).catch((): string[] => [])).includes(
      `${name}.git`,
    ),
  ).toBe(false);
}

test('an import has branches and tags, the default branch of the server, and nothing else; it is a push of the operator', async () => {
  const ended = await importFrom(`http://${outside.plain}/project.git`);
  expect(ended).toMatchObject({ state: 'done', leftOut: 1, error: null });
  expect(await refsOf(ended.name)).toEqual(['refs/heads/main', 'refs/heads/trunk', 'refs/tags/v1']);
  const { repos } = await outside.rig.operator.call('listRepos', {});
  expect(repos.find(({ name }) => name === ended.name)).toMatchObject({ defaultBranch: 'trunk', branches: 2 });
  const facts = (await outside.rig.facts()).filter(({ repo }) => repo === `operator/${ended.name}`);
  expect(facts.map(({ kind, by }) => [kind, by])).toEqual([
    ['forge.repo_created', 'operator'],
    ['forge.pushed', 'operator'],
  ]);
  expect(await readdir(join(outside.rig.dir, 'root/incoming'))).toEqual([]);
});

test('by TLS of its own git verifies the certificate, with the hive’s own ones', async () => {
  const ended = await importFrom(`https://${outside.tls}/project.git`);
  expect(ended.error).toBeNull();
  const record = await untilRecord(({ kind }) => kind === 'tunnel');
  expect(record).toMatchObject({ agent: 'hive', verdict: 'allowed', kind: 'tunnel' });
});

test('a host that is not allowed is refused with the command that allows it', async () => {
  outside.allow();
  const ended = await importFrom(`https://${outside.tls}/project.git`);
  expect(ended.state).toBe('failed');
  expect(ended.error).toContain(`hivectl egress allow hive ${outside.tls}`);
  await expectNothingOf(ended.name);
});

test.each([
  ['a private address among others', ['93.184.215.14', '192.168.0.1']],
  ['6to4 of a private address', ['2002:0a00:0005::1']],
  ['NAT64 of a private address', ['64:ff9b::0a00:0005']],
])('a name that leads to %s is refused', async (_what, addresses) => {
  outside.names.set('inside.test', addresses);
  outside.egress.rules.set([{ name: 'hive', rules: [rule('inside.test')] }]);
  const ended = await importFrom('https://inside.test/project.git');
  expect(ended.state).toBe('failed');
  expect(ended.error).toContain('leads to an address that is not of the Internet');
  await expectNothingOf(ended.name);
});

test('a redirect is a new connection: one to a host inside, or to one that is not allowed, is refused', async () => {
  outside.names.set('inside.test', ['127.0.0.1']);
  const { port } = new URL(`http://${outside.plain}`);
  outside.egress.rules.set([{ name: 'hive', rules: [ruleAt(outside.plain), rule('inside.test', Number(port))] }]);
  outside.host.state.redirect = `http://inside.test:${port}`;
  const inside = await importFrom(`http://${outside.plain}/project.git`);
  expect(inside).toMatchObject({ state: 'failed', error: expect.stringContaining('not of the Internet') });
  outside.host.state.redirect = 'http://other.test';
  const other = await importFrom(`http://${outside.plain}/project.git`);
  expect(other.error).toContain('hivectl egress allow hive other.test');
  outside.host.state.redirect = 'file:///etc';
  expect((await importFrom(`http://${outside.plain}/project.git`)).state).toBe('failed');
  for (const { name } of [inside, other]) await expectNothingOf(name);
});

test('where a server wants credentials the failure names the commands; the gateway adds them, and git never has them', async () => {
  const locked = await openOutside({ password: TOKEN });
  try {
    locked.allow(locked.tls, locked.tls.replace(/:.*/, ''), locked.plain);
    const run = async (name: RepoName) => {
      const url = `https://${locked.tls}/project.git`;
      await locked.rig.operator.call('importRepo', { owner: 'operator', name, url });
      let view: ImportView | undefined;
      await until(
        'the import ends',
        async () => {
          view = (await locked.rig.operator.call('listImports', {})).imports.find((one) => one.name === name);
          return view?.state !== 'running';
        },
        30_000,
      );
      return view;
    };
    const refused = await run('a' as RepoName);
    expect(refused?.error).toContain(`hivectl egress inject hive ${locked.tls} --secret NAME --scheme basic`);
    const [name = '', port] = locked.tls.split(':');
    const value = `Basic ${Buffer.from(`x-access-token:${TOKEN}`).toString('base64')}`;
    const at = { id: 1, host: name, askedPort: Number(port), port: Number(port), header: 'authorization' };
    locked.egress.injections.replace({
      type: 'injections',
      agents: [{ name: 'hive', injections: [{ ...at, credential: { secret: TOKEN, value } }] }],
    });
    locked.rig.forge.setInjected([{ host: name, port: Number(port), askedPort: Number(port), isForGit: true }]);
    expect((await run('b' as RepoName))?.error).toBeNull();
    expect(locked.egress.records.filter(({ why }) => why === 'with_secret').length).toBeGreaterThan(0);
  } finally {
    await locked.close();
  }
});

test('addresses with credentials, of other kinds, or with a secret are not taken', async () => {
  for (const url of ['https://me:word@git.test/r', 'ssh://git@git.test/r', 'ext::sh -c id', 'https://127.0.0.1/r'])
    await expect(begin(url)).rejects.toMatchObject({ code: 'invalid_input' });
  outside.rig.learnSecrets([{ name: 'GITHUB', value: TOKEN }]);
  await expect(begin(`https://git.test/${TOKEN}/r`)).rejects.toMatchObject({ code: 'contains_secret' });
});

test('a repository outside that has a secret of the hive is refused, with where it is', async () => {
  const { host } = outside;
  const work = join(host.dir, 'leak');
  await host.git('clone', '-q', host.bare, work);
  await host.git('-C', work, 'checkout', '-q', '-b', 'leak');
  await host.git('-C', work, 'commit', '-q', '--allow-empty', '-m', `token ${TOKEN}`);
  await host.git('-C', work, 'push', '-q', 'origin', 'leak');
  outside.rig.learnSecrets([{ name: 'GITHUB', value: TOKEN }]);
  const ended = await importFrom(`http://${outside.plain}/project.git`);
  await host.git(`--git-dir=${host.bare}`, 'update-ref', '-d', 'refs/heads/leak');
  expect(ended.state).toBe('failed');
  expect(ended.error).toMatch(/contains secrets of this hive.*GITHUB.*change them/);
  expect(ended.error).not.toContain(TOKEN);
  await expectNothingOf(ended.name);
});

test('one import at a time of a name, none of one that is taken; a cancelled one leaves nothing', async () => {
  let letGo = () => {};
  outside.host.state.hold = new Promise((resolve) => (letGo = resolve));
  // The list of its branches comes by a request of its own.
  outside.host.state.holdAfter = 1;
  const heardBefore = outside.host.heard.length;
  const name = await begin(`http://${outside.plain}/project.git`);
  const posts = () => outside.host.heard.slice(heardBefore).filter((line) => line.startsWith('POST')).length;
  await until('it fetches', () => posts() === 2);
  expect(await viewOf(name)).toMatchObject({ step: 'fetching' });
  await expect(begin(`http://${outside.plain}/project.git`, name)).rejects.toMatchObject({ code: 'duplicate_repo' });
  const { import: cancelled } = await outside.rig.operator.call('cancelImport', { owner: 'operator', name });
  letGo();
  expect(cancelled).toMatchObject({ state: 'cancelled', error: null });
  await expectNothingOf(name);
  const again = await end(await begin(`http://${outside.plain}/project.git`, name));
  expect(again.state).toBe('done');
  await expect(begin(`http://${outside.plain}/project.git`, name)).rejects.toMatchObject({ code: 'duplicate_repo' });
});

test('more than an owner may have is not taken, and ends the transfer', async () => {
  const small = await openOutside({ maxPackBytes: 64 * 1024 });
  try {
    small.allow(small.plain);
    const { host, rig } = small;
    const work = join(host.dir, 'large');
    await host.git('clone', '-q', host.bare, work);
    await writeFile(join(work, 'noise'), randomBytes(200_000));
    await host.git('-C', work, 'add', '.');
    await host.git('-C', work, 'commit', '-q', '-m', 'large');
    await host.git('-C', work, 'push', '-q', 'origin', 'main');
    await rig.operator.call('importRepo', {
      owner: 'operator',
      name: 'large' as RepoName,
      url: `http://${small.plain}/project.git`,
    });
    const view = async () => (await rig.operator.call('listImports', {})).imports[0];
    await until('the import ends', async () => (await view())?.state !== 'running', 30_000);
    expect((await view())?.error).toContain('sent more than 0 MiB');
    expect(await readdir(join(rig.dir, 'root/incoming'))).toEqual([]);
  } finally {
    await small.close();
  }
});

test('what is not there, and what is no git server, are told apart', async () => {
  const missing = await importFrom(`http://${outside.plain}/nothing.git`);
  expect(missing.error).toContain('There is no repository at');
  outside.allow('nowhere.test:1');
  expect((await importFrom('http://nowhere.test:1/x')).error).toContain('cannot reach nowhere.test:1');
});

const rule = (host: string, port: number | null = null) => ({ ...ruleAt(host), hosts: [host], port, address: null });
const ruleAt = (place: string) => {
  const [host = '', port] = place.split(':');
  return {
    id: 9,
    verdict: 'allow' as const,
    hosts: [host],
    port: port === undefined ? null : Number(port),
    methods: null,
    address: '127.0.0.1' as string | null,
    once: false,
  };
};

async function untilRecord(is: (record: Outside['egress']['records'][number]) => boolean) {
  await until('the connection is recorded', () => outside.egress.records.some(is));
  return outside.egress.records.find(is);
}

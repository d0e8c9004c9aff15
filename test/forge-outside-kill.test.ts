/**
 * Vulnerability: a forge that is killed during an import leaves half a repository, which the next start adopts; one that is
 * killed while it publishes forgets a change, or believes that it is outside.
 * Scenario: kill -9 at different moments, from the first request to the last. Verified: after the next start the
 * imported repository is there with every branch, or nothing of it is; what was to be published is outside in the end.
 */
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { mkdtemp, readdir, rm, symlink } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bundleForge, startForgeProcess } from '../forge/testing/forge-process.ts';
import { gitIn, repositoryIn } from '../forge/testing/killed-forge.ts';
import { until } from '../forge/testing/until.ts';
import { runEgress } from '../host/gateway/fixtures/run-egress.ts';
import type { RepoName } from '../protocol/names.ts';
import { forgeSurface } from '../protocol/operations/services.ts';
import { connectSurface } from '../wire/client.ts';
import { openGitHost } from './support/git-host.ts';

const BRANCHES = 20;
const APP = { owner: 'operator' as const, name: 'app' as RepoName };

let dir: string;
let bundle: Awaited<ReturnType<typeof bundleForge>>;
let host: Awaited<ReturnType<typeof openGitHost>>;
let egress: Awaited<ReturnType<typeof runEgress>>;
let child: ChildProcessWithoutNullStreams;
const server = createServer((request, response) => host.listener(request, response));
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'import-kill-'));
  bundle = await bundleForge();
  host = await openGitHost(null);
  const first = await host.git(`--git-dir=${host.bare}`, 'rev-parse', 'main');
  for (let at = 1; at < BRANCHES; at += 1)
    await host.git(`--git-dir=${host.bare}`, 'update-ref', `refs/heads/b${at}`, first);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  egress = await runEgress({ caller: 'hive' });
  egress.allow(place());
  await symlink(egress.path, join(dir, 'egress.sock'));
  child = await startForgeProcess(bundle.path, dir, []);
}, 120_000);
afterAll(async () => {
  child.kill('SIGKILL');
  await egress.close();
  server.closeAllConnections();
  server.close();
  await Promise.all([bundle.remove(), host.close(), rm(dir, { recursive: true, force: true })]);
});

const place = () => `git.test:${(server.address() as AddressInfo).port}`;

test('killed at any moment, an import is complete or not there', async () => {
  const operator = connectSurface(forgeSurface, join(dir, 'forge.sock'));
  const found: number[] = [];
  const state = async () => (await operator.call('listImports', {})).imports[0];
  const moments: (() => Promise<boolean>)[] = [
    async () => host.heard.length > 0,
    async () => host.heard.some((line) => line.startsWith('POST')),
    async () => (await state())?.step === 'checking',
    async () => (await readdir(join(dir, 'root/incoming'))).length > 1,
    async () => (await state())?.state === 'done',
  ];
  for (const isReached of moments) {
    host.heard.length = 0;
    await operator.call('importRepo', { ...APP, url: `http://${place()}/project.git` });
    await until('the moment of the kill', async () => (await isReached()) || (await state())?.state === 'done', 60_000);
    child.kill('SIGKILL');
    child = await startForgeProcess(bundle.path, dir, []);
    const { repos } = await operator.call('listRepos', {});
    const app = repos.find(({ name }) => name === APP.name);
    found.push(app?.branches ?? 0);
    await until('nothing is left', async () => (await readdir(join(dir, 'root/incoming'))).length === 0, 30_000);
    if (app !== undefined) {
      await operator.call('removeRepo', { ...APP, purge: 'operator/app' });
    } else expect(await readdir(join(dir, 'root/repositories/operator')).catch(() => [])).not.toContain('app.git');
  }
  expect(found.filter((branches) => branches !== 0 && branches !== BRANCHES)).toEqual([]);
  expect(found[0]).toBe(0);
  expect(found.at(-1)).toBe(BRANCHES);
  await operator.close();
}, 180_000);

test('killed at any moment, a push mirror publishes every change in the end', async () => {
  const operator = connectSurface(forgeSurface, join(dir, 'forge.sock'));
  const out = join(host.dir, 'out.git');
  await host.git('init', '-q', '--bare', '-b', 'main', out);
  await operator.call('createRepo', { ...APP, description: '' });
  const bare = `--git-dir=${repositoryIn(dir)}`;
  const url = `http://${place()}/out.git`;
  await operator.call('addMirror', { ...APP, direction: 'push', url });
  let head = '';
  const change = (words: string) => {
    const tree = gitIn(dir, [bare, 'hash-object', '-w', '-t', 'tree', '--stdin']);
    const parents = head === '' ? [] : ['-p', head];
    head = gitIn(dir, [bare, 'commit-tree', tree, ...parents, '-m', words]);
    gitIn(dir, [bare, 'update-ref', 'refs/heads/main', head]);
  };
  const published = () => gitIn(dir, [`--git-dir=${out}`, 'for-each-ref', '--format=%(objectname)', 'refs/heads/main']);
  const heard = (part: string) => host.heard.some((line) => line.includes(part));
  const moments: (() => boolean)[] = [
    () => heard('info/refs?service=git-receive-pack'),
    () => heard('POST /out.git/git-receive-pack'),
    () => published() === head,
  ];
  for (const [index, isReached] of moments.entries()) {
    child.kill('SIGKILL');
    host.heard.length = 0;
    change(`change ${index}`);
    // The start finds the change that nobody told it of, and publishes it.
    child = await startForgeProcess(bundle.path, dir, []);
    await until('the moment of the kill', isReached, 60_000);
  }
  child.kill('SIGKILL');
  child = await startForgeProcess(bundle.path, dir, []);
  await until('all is published', () => published() === head, 60_000);
  const view = async () => (await operator.call('listMirrors', {})).mirrors[0];
  await until('it is recorded', async () => (await view())?.refs[0]?.oid === head, 60_000);
  expect(await view()).toMatchObject({ state: 'ok', error: null });
  await operator.close();
}, 180_000);

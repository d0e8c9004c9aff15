import { afterEach, beforeEach, expect, test } from 'vitest';
import { Pool, request } from 'undici';
import type { Op } from '../protocol/op.ts';
import { forgeAgentSurface } from '../protocol/operations/repos.ts';
import { CODER, type ForgeRig, MANAGER, SCOUT, startRig } from './testing/forge-rig.ts';

let rig: ForgeRig;
beforeEach(async () => {
  rig = await startRig();
});
afterEach(() => rig.close());

test('a first push creates the repository; a clone returns it', async () => {
  const work = await rig.makeWork('app', { 'a.txt': 'hello\n' });
  const url = `${rig.urlOf(CODER)}/coder/app.git`;
  const pushed = await rig.git('-C', work, 'push', url, 'main');
  expect(pushed).toMatchObject({ code: 0 });

  const cloned = await rig.git('clone', '-q', url, `${rig.dir}/back`);
  expect(cloned).toMatchObject({ code: 0 });
  expect((await rig.git('-C', `${rig.dir}/back`, 'show', 'HEAD:a.txt')).stdout).toBe('hello\n');

  const { repos } = await rig.agent(CODER).call('listRepos', {});
  expect(repos.map(({ owner, name }) => `${owner}/${name}`)).toEqual(['coder/app', 'shared/docs']);
  expect(repos[0]).toMatchObject({
    branches: 1,
    defaultBranch: 'main',
    head: { summary: 'first of app', author: 'tester' },
  });
  expect(repos[0]?.sizeBytes).toBeGreaterThan(0);
  const own = (await rig.facts()).filter(({ repo }) => repo === 'coder/app');
  expect(own.map(({ kind, by }) => `${kind} ${by}`)).toEqual(['forge.repo_created coder', 'forge.pushed coder']);
  expect(own[1]?.data).toEqual({ refs: [{ ref: 'refs/heads/main', old: null, new: repos[0]?.head?.oid }] });
});

test('a first push of another branch than main makes that the default, so a clone has files', async () => {
  const work = await rig.makeWork('m', { 'a.txt': 'x' });
  await rig.git('-C', work, 'push', `${rig.urlOf(CODER)}/coder/m`, 'main:master');
  await rig.git('clone', '-q', `${rig.urlOf(CODER)}/coder/m`, `${rig.dir}/m-back`);
  expect((await rig.git('-C', `${rig.dir}/m-back`, 'branch', '--show-current')).stdout).toBe('master\n');
});

test('every agent reads shared/docs; its README says how', async () => {
  for (const name of [SCOUT, MANAGER]) {
    const to = `${rig.dir}/docs-${name}`;
    expect(await rig.git('clone', '-q', `${rig.urlOf(name)}/shared/docs`, to)).toMatchObject({ code: 0 });
    expect((await rig.git('-C', to, 'show', 'main:README.md')).stdout).toContain('# Shared docs');
  }
});

test('a push to shared/docs by an ordinary agent is refused in one readable sentence, and recorded', async () => {
  const before = await rig.git('ls-remote', `${rig.urlOf(SCOUT)}/shared/docs`);
  const work = await rig.makeWork('d', { 'README.md': 'mine now\n' });
  const refused = await rig.git('-C', work, 'push', '--force', `${rig.urlOf(SCOUT)}/shared/docs`, 'main');
  expect(refused.code).not.toBe(0);
  expect(refused.stderr).toBe(
    'fatal: remote error: scout may read shared/docs but not push to it: only the manager and the operator may. Push to scout/docs, then open a pull request with the head scout/docs:BRANCH, or send a message about it to the manager.\n',
  );
  await rig.git('-C', work, 'push', '--force', `${rig.urlOf(SCOUT)}/shared/docs`, 'main');
  const refusals = (await rig.facts()).filter(({ kind }) => kind === 'forge.refused');
  expect(
    refusals.map(({ by, repo }) => `${by} ${repo}`),
    'trying again at once is one fact',
  ).toEqual(['scout shared/docs']);
  expect(refusals[0]?.data).toMatchObject({ reason: expect.stringContaining('only the manager') });
  expect(await rig.git('ls-remote', `${rig.urlOf(SCOUT)}/shared/docs`)).toEqual(before);
});

test('the push itself is refused as well when the client skips the advertisement', async () => {
  const answer = await request(`${rig.urlOf(SCOUT)}/shared/docs.git/git-receive-pack`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-git-receive-pack-request' },
    body: '0000',
  });
  expect(answer.statusCode).toBe(403);
  expect(answer.headers['content-type']).toContain('text/plain');
  expect(await answer.body.text()).toContain('only the manager and the operator may');
});

test('the manager and the operator push to shared/docs', async () => {
  for (const who of [MANAGER, 'operator' as const]) {
    const to = `${rig.dir}/docs-${who}`;
    await rig.git('clone', '-q', `${rig.urlOf(who)}/shared/docs`, to);
    await rig.git('-C', to, 'commit', '-q', '--allow-empty', '-m', `by ${who}`);
    expect(await rig.git('-C', to, 'push', '-q', 'origin', 'main')).toMatchObject({ code: 0 });
  }
  const pushes = (await rig.facts()).filter(({ kind, repo }) => kind === 'forge.pushed' && repo === 'shared/docs');
  expect(pushes.map(({ by }) => by)).toEqual(['system', 'manager', 'operator']);
});

test('a hidden repository gets the same answer as a missing one', async () => {
  const work = await rig.makeWork('s', { 'a.txt': 'x' });
  await rig.git('-C', work, 'push', '-q', `${rig.urlOf(CODER)}/coder/secret`, 'main');
  const texts = [];
  for (const path of ['coder/secret', 'coder/nothing'])
    for (const service of ['git-upload-pack', 'git-receive-pack']) {
      const answer = await request(`${rig.urlOf(SCOUT)}/${path}.git/info/refs?service=${service}`);
      expect(answer.statusCode).toBe(404);
      texts.push(await answer.body.text());
    }
  expect(new Set(texts).size).toBe(1);
  const cloned = await rig.git('clone', `${rig.urlOf(SCOUT)}/coder/secret`, `${rig.dir}/x`);
  expect(cloned.stderr).toContain('remote: There is no such repository that you can see.');
  const { repos } = await rig.agent(SCOUT).call('listRepos', {});
  expect(repos.map(({ owner }) => owner)).toEqual(['shared']);
  const all = await rig.agent(MANAGER).call('listRepos', {});
  expect(all.repos.map(({ owner }) => owner)).toEqual(['coder', 'shared']);
  // The manager may read it and is told why it may not push.
  expect(await rig.git('clone', '-q', `${rig.urlOf(MANAGER)}/coder/secret`, `${rig.dir}/y`)).toMatchObject({ code: 0 });
  const push = await rig.git('-C', `${rig.dir}/y`, 'push', '-f', 'origin', 'main:other');
  expect(push.stderr).toContain('only coder and the operator may');
});

test('a path that begins like the API’s still names a repository', async () => {
  const api = await request(`${rig.urlOf('operator')}/api/repos/info/refs?service=git-upload-pack`);
  expect(api.statusCode).toBe(404);
  expect(await api.body.text()).toBe('There is no such repository that you can see.\n');
});

test('an invalid name gets one clear error and creates nothing', async () => {
  const long = `/coder/${'a'.repeat(65)}`;
  const bad = ['/coder/..%2f..%2fetc.git', '/coder/a..b.git', '/coder/.hidden', '/coder/x.lock', long, '/coder/x%00y'];
  for (const path of [...bad, '/Coder/app', '/system/app', '/..%2f/app']) {
    const answer = await request(`${rig.urlOf('operator')}${path}/info/refs?service=git-receive-pack`);
    expect(answer.statusCode, path).toBe(400);
    expect((await answer.body.text()).split('\n'), path).toHaveLength(2);
  }
  expect((await rig.operator.call('listRepos', {})).repos).toHaveLength(1);
});

test('only agents and projects own namespaces, even if the operator types another name', async () => {
  const work = await rig.makeWork('t', { 'a.txt': 'x' });
  const pushed = await rig.git('-C', work, 'push', `${rig.urlOf('operator')}/codr/app`, 'main');
  expect(pushed.stderr).toContain('There is no agent or project codr');
  await expect(rig.operator.call('createRepo', { owner: 'codr' as never, name: 'app' as never })).rejects.toMatchObject(
    { code: 'unknown_agent' },
  );
});

test('names that differ in case only are the same name', async () => {
  await rig.agent(CODER).call('createRepo', { name: 'App' as never });
  await expect(rig.agent(CODER).call('createRepo', { name: 'app' as never })).rejects.toMatchObject({
    code: 'duplicate_repo',
  });
  const work = await rig.makeWork('c', { 'a.txt': 'x' });
  const pushed = await rig.git('-C', work, 'push', `${rig.urlOf(CODER)}/coder/app`, 'main');
  expect(pushed.stderr).toContain('There is a repository coder/App');
});

test('createRepo creates an empty repository with its description', async () => {
  const { repo } = await rig.agent(CODER).call('createRepo', { name: 'new' as never, description: 'soon' });
  expect(repo).toMatchObject({
    owner: 'coder',
    name: 'new',
    description: 'soon',
    head: null,
    branches: 0,
    pushedAt: null,
  });
  expect(await rig.git('clone', '-q', `${rig.urlOf(CODER)}/coder/new`, `${rig.dir}/new`)).toMatchObject({ code: 0 });
});

test('only smart HTTP, only exact content types, only valid headers', async () => {
  const base = `${rig.urlOf(CODER)}/shared/docs.git`;
  expect((await request(`${base}/info/refs`)).statusCode).toBe(403);
  expect((await request(`${base}/info/refs?service=git-upload-archive`)).statusCode).toBe(403);
  expect((await request(`${base}/HEAD`)).statusCode).toBe(404);
  expect((await request(`${base}/objects/info/packs`)).statusCode).toBe(404);
  const post = (headers: Record<string, string>) =>
    request(`${base}/git-upload-pack`, { method: 'POST', headers, body: '0000' });
  expect((await post({ 'content-type': 'application/x-git-upload-pack-request; a=b' })).statusCode).toBe(400);
  expect((await post({ 'content-type': 'application/json' })).statusCode).toBe(400);
  const type = { 'content-type': 'application/x-git-upload-pack-request' };
  expect((await post({ ...type, 'content-encoding': 'br' })).statusCode).toBe(400);
  expect((await post({ ...type, 'git-protocol': 'version=2; rm -rf /' })).statusCode).toBe(400);
  expect((await post(type)).statusCode, 'the probe before a long body').toBe(200);
});

test('a long poll answers when a fact comes', async () => {
  const newest = (await rig.facts()).at(-1)?.id ?? 0;
  const waiting = rig.operator.call('listFacts', { after: newest, waitMs: 30_000 }, { timeoutMs: 40_000 });
  await rig.agent(CODER).call('createRepo', { name: 'wake' as never });
  expect((await waiting).facts.map(({ repo }) => repo)).toEqual(['coder/wake']);
  expect((await rig.operator.call('listFacts', { after: newest + 1, waitMs: 20 })).facts).toEqual([]);
});

test('a POST without a JSON content type is told which header to send', async () => {
  const form = { 'content-type': 'application/x-www-form-urlencoded' };
  for (const headers of [form, {}]) {
    const answer = await request(`${rig.urlOf(CODER)}/api/repos`, { method: 'POST', headers, body: '{"name":"x"}' });
    expect(answer.statusCode).toBe(400);
    expect(await answer.body.json()).toMatchObject({
      error: { message: 'Send a JSON body with the header "content-type: application/json".' },
    });
  }
});

test('every call of an agent has a cost; a flood is delayed, then refused, other agents are not', async () => {
  for (const op of Object.values<Op>(forgeAgentSurface)) expect(op.cost, op.name).toBeGreaterThan(0);
  const pool = new Pool(rig.urlOf(CODER), { connections: 100 });
  const statuses: number[] = [];
  const calls = Array.from({ length: 400 }, async () => {
    const { statusCode, body } = await pool.request({ path: '/api/repos', method: 'GET' });
    await body.dump();
    statuses.push(statusCode);
  });
  const over = Promise.allSettled(calls);
  await expect.poll(() => statuses).toContain(429);
  expect((await rig.agent(SCOUT).call('listRepos', {})).repos).toHaveLength(1);
  await pool.destroy();
  await over;
});

/** What Gitea's clients see of checks and of merges that wait. */
import { mkdir, writeFile } from 'node:fs/promises';
import { giteaApi } from 'gitea-js';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { ProjectName, RepoName } from '../../protocol/names.ts';
import { CODER, type ForgeRig, SCOUT, startRig } from '../testing/forge-rig.ts';
import { holdChecks, type TestHolder } from '../testing/use-checks.ts';

let rig: ForgeRig;
let hived: TestHolder;
let app: { owner: ProjectName; name: RepoName };
let count = 0;
const CHECKS =
  'checks:\n  - name: unit\n    command: make test\n    timeout: 60s\n  - name: docs\n    command: make docs\n    timeout: 60s\n    paths: ["docs/**"]\n';

beforeAll(async () => {
  rig = await startRig();
  await rig.setProjects({ web: { coder: 'merge', scout: 'review' } });
  hived = holdChecks(rig);
});
afterAll(() => rig.close());

/** Each test has a repository of its own, with a branch that a pull request can be opened for. */
beforeEach(async () => {
  count += 1;
  app = { owner: 'web' as ProjectName, name: `app${count}` as RepoName };
  const work = await rig.makeWork(`work${count}`, { 'a.txt': 'a\n' });
  await mkdir(`${work}/.hive`);
  await writeFile(`${work}/.hive/checks.yaml`, CHECKS);
  const push = (...refs: string[]) =>
    rig.git('-C', work, 'push', '-q', `${rig.urlOf(CODER)}/web/${app.name}.git`, ...refs);
  await rig.git('-C', work, 'add', '.');
  await rig.git('-C', work, 'commit', '-q', '-m', 'checks');
  await push('main');
  await rig.git('-C', work, 'commit', '-q', '--allow-empty', '-m', 'fix');
  await writeFile(`${work}/b.txt`, 'b\n');
  await rig.git('-C', work, 'add', '.');
  await rig.git('-C', work, 'commit', '-q', '-m', 'b');
  await push('main:refs/heads/fix');
});

const api = () => giteaApi(rig.urlOf(CODER), { token: 'any', customFetch: fetch }).repos;
const states = async (ref: string) =>
  (await api().repoListStatusesByRef(app.owner, app.name, ref)).data.map(({ context, status }) => [context, status]);
const combined = async (ref: string) => (await api().repoGetCombinedStatusByRef(app.owner, app.name, ref)).data.state;
async function cancel(door: Parameters<ForgeRig['urlOf']>[0], token: string) {
  const answer = await fetch(`${rig.urlOf(door)}/api/v1/repos/web/${app.name}/pulls/1/merge`, {
    method: 'DELETE',
    headers: { authorization: `token ${token}` },
  });
  return answer.status;
}

test('the checks of a pull request are the statuses of its commit; what has not run, or not on this base, is not passed', async () => {
  expect([await states('main'), await combined('main')]).toEqual([[], '']);
  await api().repoCreatePullRequest(app.owner, app.name, { head: 'fix', base: 'main', title: 'Fix' });
  const job = await hived.claim();
  expect(job?.check).toBe('unit');
  expect([await states('fix'), await combined('fix')]).toEqual([[['unit', 'pending']], 'pending']);
  await hived.exit(job!.run, 1);
  expect([await states('fix'), await combined('fix')]).toEqual([[['unit', 'failure']], 'failure']);
  await rig.agent(CODER).call('retryCheck', { ...app, run: job!.run });
  await hived.exit((await hived.claim())!.run, 0);
  // `docs` was skipped by its paths: that is no success of its own.
  expect([await states('fix'), await combined('fix')]).toEqual([[['unit', 'success']], 'success']);
  await rig.operator.call('setRule', { ...app, pattern: 'main', approvals: 0, direct: 'merge' });
  await api().repoCreateFile(app.owner, app.name, 'c.txt', {
    branch: 'main',
    content: 'Yw==',
    message: 'moves the base',
  });
  expect([await states('fix'), await combined('fix')]).toEqual([[['unit', 'pending']], 'pending']);
});

/** Vulnerability of another forge: somebody who may only read takes a pull request out of those that wait to be merged. */
test('a merge that waits is cancelled by those who may, and not by a token that reads or by a reviewer', async () => {
  await api().repoCreatePullRequest(app.owner, app.name, { head: 'fix', base: 'main', title: 'Fix' });
  const wish = { Do: 'squash', merge_when_checks_succeed: true } as const;
  expect((await api().repoMergePullRequest(app.owner, app.name, 1, wish)).status).toBe(201);
  const queued = async () =>
    (await rig.operator.call('listQueues', app)).queues.flatMap(({ entries }) => entries.map(({ number }) => number));
  expect(await queued()).toEqual([1]);
  const scopes = ['read:repository', 'read:issue', 'write:issue'] as const;
  const made = { name: `read${count}`, owner: CODER, scopes: [...scopes], days: 1 };
  const { value } = await rig.operator.call('createForgeToken', made);
  expect(await cancel('tokens', value)).toBe(403);
  expect(await cancel(SCOUT, 'any')).toBe(403);
  expect(await queued()).toEqual([1]);
  expect(await cancel(CODER, 'any')).toBe(204);
  expect(await queued()).toEqual([]);
  expect(await cancel(CODER, 'any')).toBe(404);
});

test('a branch is updated from its base', async () => {
  await api().repoCreatePullRequest(app.owner, app.name, { head: 'fix', base: 'main', title: 'Fix' });
  await rig.operator.call('setRule', { ...app, pattern: 'main', approvals: 0, direct: 'merge' });
  await api().repoCreateFile(app.owner, app.name, 'c.txt', {
    branch: 'main',
    content: 'Yw==',
    message: 'moves the base',
  });
  expect((await api().repoUpdatePullRequest(app.owner, app.name, 1, { style: 'merge' })).status).toBe(200);
  const { data } = await api().repoGetPullRequest(app.owner, app.name, 1);
  expect(data.merge_base).toBe(data.base?.sha);
});

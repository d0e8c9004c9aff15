/** What systems outside say about commits: who may say it, what counts for a merge, and how long it is kept. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { giteaApi } from 'gitea-js';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { AgentName, ProjectName, RepoName } from '../protocol/names.ts';
import type { RequiredStatus } from '../protocol/schemas/status.ts';
import { createFakeSuites } from './testing/fake-suites.ts';
import { CODER, type ForgeRig, MANAGER, SCOUT, startRig } from './testing/forge-rig.ts';
import { until as untilWithin } from './testing/until.ts';

const web = 'web' as ProjectName;
const suites = createFakeSuites();
let now = 1_000_000_000_000;
let rig: ForgeRig;
let count = 0;
let app: { owner: ProjectName; name: RepoName };
let work: string;
const until = (what: string, holds: () => boolean | Promise<boolean>) => untilWithin(what, holds, 60_000);

beforeAll(async () => {
  rig = await startRig({ maxStatuses: 2, maxStatusesOfSetter: 5, maxPullWrites: 1_000 }, undefined, {
    suites,
    // What the calls of agents cost is no matter here.
    steady: () => (now += 60_000),
  });
});
afterAll(() => rig.close());

/** A repository whose rule asks for nothing, and a pull request of the coder. */
let head: string;
beforeEach(async () => {
  count += 1;
  app = { owner: web, name: `app${count}` as RepoName };
  await rig.setProjects({ web: { coder: 'merge', scout: 'review' } });
  work = await rig.makeWork(`work${count}`, { 'a.txt': 'one\n' });
  await rig.git('-C', work, 'push', '-q', urlOf(CODER), 'main');
  head = await push('fix', 'two\n');
  await rig.agent(CODER).call('openPull', { ...app, head: 'fix', title: 'Fix' });
  // There are none to wait for.
  await until('its checks were asked for', async () => !(await reasons()).join().includes('checks are running'));
});

const urlOf = (who: Parameters<ForgeRig['urlOf']>[0]) => `${rig.urlOf(who)}/web/${app.name}.git`;

async function push(branch: string, text: string, as: AgentName = CODER): Promise<string> {
  await rig.git('-C', work, 'checkout', '-q', '-B', branch);
  await writeFile(join(work, 'a.txt'), text);
  await rig.git('-C', work, 'commit', '-q', '-a', '-m', `says ${text.trim()}`);
  expect((await rig.git('-C', work, 'push', '-q', urlOf(as), branch)).stderr).toBe('');
  return (await rig.git('-C', work, 'rev-parse', branch)).stdout.trim();
}

const protect = (statuses: RequiredStatus[], more: { queue?: boolean } = {}) =>
  rig.operator.call('setRule', { ...app, pattern: 'main', approvals: 0, direct: 'nobody', statuses, ...more });
const describe = () => rig.operator.call('describePull', { ...app, number: 1 });
const reasons = async () => (await describe()).merge.reasons;
const merge = (more: object = {}) => rig.operator.call('mergePull', { ...app, number: 1, ...more });
type Said = { commit?: string; context?: string; state?: 'pending' | 'success' | 'failure'; description?: string };
const say = (who: AgentName | 'operator', { commit = head, context = 'ci', state = 'success', ...more }: Said = {}) => {
  const wish = { ...app, commit, context, state, ...more };
  return who === 'operator' ? rig.operator.call('setStatus', wish) : rig.agent(who).call('setStatus', wish);
};
const factsOf = async (kind: string) =>
  (await rig.facts()).filter((fact) => fact.kind === kind && fact.repo === `web/${app.name}`);

const OPERATORS = [{ context: 'ci', by: 'operator' }] as const satisfies RequiredStatus[];
const SCOUTS = [{ context: 'ci', by: SCOUT }] satisfies RequiredStatus[];

test("a build outside reports with a token of the operator's, as to Gitea; the merge waits for its success", async () => {
  await protect([...OPERATORS]);
  const limits = { scopes: ['write:repository' as const], repositories: [`web/${app.name}`] };
  const { value } = await rig.operator.call('createForgeToken', {
    name: `ci${count}`,
    owner: 'operator',
    ...limits,
    days: 1,
  });
  const api = giteaApi(rig.urlOf('tokens'), { token: value, customFetch: fetch }).repos;
  const report = (state: 'pending' | 'success' | 'failure') =>
    api.repoCreateStatus('web', app.name, head, {
      context: 'ci',
      state,
      description: 'build 7',
      target_url: 'https://ci.example/7',
    });
  await expect(merge()).rejects.toMatchObject({
    message: expect.stringContaining('it needs the status "ci" of the operator'),
  });
  const made = await report('pending');
  expect([made.status, made.data.status, made.data.context, made.data.creator?.login]).toEqual([
    201,
    'pending',
    'ci',
    'operator',
  ]);
  expect(await reasons()).toEqual(['its status "ci" of the operator is pending: wait for it']);
  await report('failure');
  expect(await reasons()).toEqual(['its status "ci" of the operator is failure']);
  expect((await describe()).merge.statuses).toMatchObject([
    {
      context: 'ci',
      by: 'operator',
      state: 'failure',
      description: 'build 7',
      url: 'https://ci.example/7',
      required: true,
    },
  ]);
  const { data: one } = await api.repoListStatuses('web', app.name, head);
  expect(one).toMatchObject([{ context: 'ci', status: 'failure', target_url: 'https://ci.example/7' }]);
  expect((await api.repoGetCombinedStatusByRef('web', app.name, 'fix')).data).toMatchObject({
    state: 'failure',
    sha: head,
    total_count: 1,
  });
  const { data: rule } = await api.repoGetBranchProtection('web', app.name, 'main');
  expect(rule.status_check_contexts).toEqual(['ci']);
  expect((await merge({ whenReady: true })).queue).toMatchObject({ mode: 'alone', state: 'waiting' });
  await report('success');
  expect((await api.repoListStatusesByRef('web', app.name, 'fix')).data.map(({ status }) => status)).toEqual([
    'success',
  ]);
  await until('it is merged by itself', async () => (await describe()).pull.state === 'merged');
  const told = await factsOf('forge.status_set');
  expect(told.map(({ data }) => data['state'])).toEqual(['pending', 'failure', 'success']);
  expect(told.flatMap(({ mail }) => mail.map(({ to, notice }) => [to, notice]))).toEqual([['coder', 'check_failed']]);
});

/**
 * Vulnerability: whoever may report states of commits vouches for their own work.
 * Scenario: the author, whoever pushed to the branch, an agent that one of them made, a reviewer whom the rule does not
 * name, and one whose word is about another commit or another context, all say "success".
 * Verified: the merge goes on waiting, also for the operator; only the named reviewer's word about this commit is enough.
 */
test('no word counts but that of whom the rule names, about this commit, without a part in the work', async () => {
  await protect([...OPERATORS]);
  for (const who of [CODER, SCOUT]) await say(who);
  await say('operator', { context: 'CI' });
  await say('operator', { commit: (await rig.git('-C', work, 'rev-parse', 'main')).stdout.trim() });
  expect(await reasons()).toEqual(['it needs the status "ci" of the operator for its newest commit']);
  await expect(merge()).rejects.toMatchObject({ code: 'not_mergeable' });

  await protect([{ context: 'ci', by: CODER }]);
  expect(await reasons()).toEqual([expect.stringContaining('because coder opened this pull request')]);
  await expect(merge()).rejects.toMatchObject({ code: 'not_mergeable' });

  await protect([...SCOUTS]);
  expect(await reasons()).toEqual([]);
  // Made by the author.
  const lines = (parent: AgentName | null, level: 'review' | 'write' = 'review') => ({
    agents: [
      rig.lineOf({ name: MANAGER, isManager: true }),
      rig.lineOf({ name: CODER, isManager: false, projects: { [web]: 'merge' } }),
      rig.lineOf({ name: SCOUT, isManager: false, parent, projects: { [web]: level } }),
    ],
    projects: [web],
  });
  await rig.forge.setRoster(lines(CODER));
  expect(await reasons()).toEqual([expect.stringContaining('because scout was made by coder')]);
  await rig.forge.setRoster(lines(null));
  expect(await reasons()).toEqual([]);

  // A word is for one commit.
  head = await push('fix', 'three\n');
  expect(await reasons()).toEqual(['it needs the status "ci" of scout for its newest commit']);
  await expect(merge()).rejects.toMatchObject({ code: 'not_mergeable' });

  // Whoever named has pushed takes part in the work.
  await rig.forge.setRoster(lines(null, 'write'));
  head = await push('fix', 'four\n', SCOUT);
  await say(SCOUT);
  expect(await reasons()).toEqual([expect.stringContaining('because scout pushed to this branch')]);
  await expect(merge()).rejects.toMatchObject({ code: 'not_mergeable' });
});

test('those who only read may not report, and nobody may about a commit that no branch has', async () => {
  await expect(say(MANAGER)).rejects.toMatchObject({
    code: 'forbidden',
    message: expect.stringContaining('set statuses of its commits'),
  });
  await rig.setProjects({ web: { coder: 'merge' } });
  await expect(say(SCOUT)).rejects.toMatchObject({ code: 'unknown_repo' });
  for (const commit of ['f'.repeat(40), (await rig.git('-C', work, 'rev-parse', 'fix^{tree}')).stdout.trim()])
    await expect(say('operator', { commit }), commit).rejects.toMatchObject({ code: 'not_found' });
  // A branch may be named like a commit.
  await rig.git('-C', work, 'push', '-q', urlOf(CODER), `main:refs/heads/${'e'.repeat(40)}`);
  await expect(say('operator', { commit: 'e'.repeat(40) })).rejects.toMatchObject({ code: 'not_found' });
  const post = async (sha: string, body: object) =>
    (
      await fetch(`${rig.urlOf(CODER)}/api/v1/repos/web/${app.name}/statuses/${sha}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      })
    ).status;
  expect(await post('fix', { state: 'success', context: 'ci' })).toBe(422);
  expect(await post(head, { state: 'skipped', context: 'ci' })).toBe(422);
  expect(await post(head, { state: 'success', context: 'ci', target_url: 'javascript:alert(1)' })).toBe(422);
  expect(await post(head, { state: 'success', context: 'a\nb' })).toBe(422);
  rig.learnSecrets([{ name: 'DEPLOY', value: 'hunter2-hunter2' }]);
  await expect(say('operator', { description: 'key hunter2-hunter2' })).rejects.toMatchObject({
    code: 'contains_secret',
  });
});

test('the newest commit of a pull request from a fork has statuses, too, though no branch has it', async () => {
  await rig.agent(SCOUT).call('forkRepo', app);
  await rig.git('-C', work, 'checkout', '-q', '-B', 'theirs', 'main');
  await writeFile(join(work, 'a.txt'), 'theirs\n');
  await rig.git('-C', work, 'commit', '-q', '-a', '-m', 'theirs');
  await rig.git('-C', work, 'push', '-q', `${rig.urlOf(SCOUT)}/scout/${app.name}.git`, 'theirs');
  const opened = await rig
    .agent(SCOUT)
    .call('openPull', { ...app, head: `scout/${app.name}:theirs`, title: 'Of a fork' });
  const { number, commit } = opened.pull;
  // Whoever proposes it vouches for nothing.
  await protect([...SCOUTS]);
  await say(SCOUT, { commit });
  const ofFork = async () => (await rig.operator.call('describePull', { ...app, number })).merge.reasons.join();
  expect(await ofFork()).toContain('because scout opened this pull request');
  await protect([...OPERATORS]);
  expect(await ofFork()).toContain('it needs the status "ci" of the operator');
  await say('operator', { commit });
  expect(await ofFork()).not.toContain('status');
  const api = giteaApi(rig.urlOf(CODER), { token: 'any', customFetch: fetch }).repos;
  const { data } = await api.repoListStatusesByRef('web', app.name, commit);
  expect(data.map(({ creator }) => creator?.login)).toEqual(['operator', 'scout']);
});

test('in the merge queue the words about its own newest commit go on counting: it waits for them, and leaves with them', async () => {
  await protect([...SCOUTS], { queue: true });
  await expect(merge()).rejects.toMatchObject({
    message: expect.stringContaining('it needs the status "ci" of scout'),
  });
  await merge({ whenReady: true });
  const entry = async () => (await describe()).queue;
  await until('it waits', async () => (await entry())?.state === 'waiting');
  await say(SCOUT);
  const run = () => suites.running().find(({ repositoryId }) => repositoryId === suites.asked.at(-1)?.repositoryId);
  await until('it is tested', () => run() !== undefined);
  const { commit, id } = run()!;
  // Nobody outside sees what the queue tests, so nobody can say anything about it.
  expect(commit).not.toBe(head);
  await expect(say(SCOUT, { commit })).rejects.toMatchObject({ code: 'not_found' });
  await say(SCOUT, { state: 'failure' });
  await until('it has left', async () => (await entry()) === null);
  expect((await factsOf('forge.pull_unqueued')).map(({ data }) => data['reason'])).toEqual([
    'it may not be merged any more: its status "ci" of scout is failure',
  ]);
  suites.end(id, 'passed');
  await say(SCOUT);
  await merge();
  await until('it is tested and merged', async () => {
    const again = run();
    if (again !== undefined) suites.end(again.id, 'passed');
    return (await describe()).pull.state === 'merged';
  });
});

test('there is room for so many, the oldest words of one setter go for new ones, and the same word is no event', async () => {
  for (const context of ['a', 'b']) await say(CODER, { context });
  for (const context of ['a', 'b']) await say('operator', { context });
  await expect(say('operator', { context: 'c' })).rejects.toMatchObject({ code: 'forge_quota' });
  // What one says takes no room of others.
  await say(SCOUT, { context: 'c' });
  await say('operator', { context: 'b', description: 'again' });
  expect(await factsOf('forge.status_set')).toHaveLength(5);
  const { statuses } = await rig.operator.call('listStatuses', { ...app, commit: head });
  expect(statuses.map(({ context, by }) => `${context} ${by}`)[0]).toBe('b operator');
  const first = head;
  for (const text of ['x\n', 'y\n']) {
    head = await push('fix', text);
    for (const context of ['a', 'b']) await say(CODER, { context });
  }
  const left = (await rig.operator.call('listStatuses', { ...app, commit: first })).statuses;
  expect(left.filter(({ by }) => by === 'coder').map(({ context }) => context)).toEqual(['b']);
  expect(left.filter(({ by }) => by === 'operator')).toHaveLength(2);
});

test('the words of an agent that is gone go with it, and a later one of its name does not inherit them', async () => {
  await protect([...SCOUTS]);
  await say(SCOUT);
  expect(await reasons()).toEqual([]);
  const agents = [
    rig.lineOf({ name: MANAGER, isManager: true }),
    rig.lineOf({ name: CODER, isManager: false, projects: { [web]: 'merge' } }),
  ];
  const again = rig.lineOf({
    name: SCOUT,
    isManager: false,
    projects: { [web]: 'review' },
    madeAt: Date.now() + 60_000,
  });
  await rig.forge.setRoster({ agents: [...agents, again], projects: [web] });
  expect(await reasons()).toEqual(['it needs the status "ci" of scout for its newest commit']);
});

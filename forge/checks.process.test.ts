/** Checks at the forge, from the request of a pull request to its merge; a test stands in for hived's boxes. */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ProjectName, RepoName } from '../protocol/names.ts';
import type { CheckJob } from '../protocol/schemas/check.ts';
import { CODER, type ForgeRig, SCOUT, startRig } from './testing/forge-rig.ts';
import { startRelay } from './testing/relay.ts';
import { until } from './testing/until.ts';
import { holdChecks, socketIn, type TestHolder } from './testing/use-checks.ts';

const web = 'web' as ProjectName;
let rig: ForgeRig;
let hived: TestHolder;
let work: string;
let repositories = 0;
let app: { owner: ProjectName; name: RepoName };

beforeAll(async () => {
  rig = await startRig({ checkLogHead: 100, checkLogChars: 1_000 });
  await rig.setProjects({ web: { coder: 'write', scout: 'review' } });
  hived = holdChecks(rig);
});
afterAll(() => rig.close());

/** On a machine that does much else, too. */
const patiently = (what: string, holds: () => boolean | Promise<boolean>) => until(what, holds, 60_000);

const UNIT = 'checks:\n  - name: unit\n    setup: make deps\n    command: make test\n    timeout: 60s\n';

/** A repository of its own whose main declares these checks. */
async function makeRepository(checks: string): Promise<void> {
  repositories += 1;
  app = { owner: web, name: `app${repositories}` as RepoName };
  work = await rig.makeWork(`work${repositories}`, { 'a.txt': 'one\n' });
  await commit('main', { '.hive/checks.yaml': checks });
}

const urlOf = (who: Parameters<ForgeRig['urlOf']>[0]) => `${rig.urlOf(who)}/web/${app.name}.git`;

async function commit(branch: string, files: Record<string, string>, from = branch): Promise<string> {
  await rig.git('-C', work, 'checkout', '-q', '-B', branch, from);
  for (const [file, text] of Object.entries(files)) {
    await mkdir(dirname(join(work, file)), { recursive: true });
    await writeFile(join(work, file), text);
  }
  await rig.git('-C', work, 'add', '-A');
  await rig.git('-C', work, 'commit', '-q', '--allow-empty', '-m', `change ${Object.keys(files).join(' ')}`);
  const pushed = await rig.git('-C', work, 'push', '-q', '-f', urlOf(CODER), branch);
  expect(pushed.stderr).toBe('');
  return (await rig.git('-C', work, 'rev-parse', branch)).stdout.trim();
}

const open = (head: string) => rig.agent(CODER).call('openPull', { ...app, head, title: `Merge ${head}` });
const mergeState = async (number = 1) => (await rig.agent(SCOUT).call('describePull', { ...app, number })).merge;
const approve = async (number = 1) => {
  const { pull } = await rig.agent(SCOUT).call('describePull', { ...app, number });
  await rig.agent(SCOUT).call('reviewPull', { ...app, number, verdict: 'approve', commit: pull.commit });
};
const merge = (more: object = {}) => rig.operator.call('mergePull', { ...app, number: 1, ...more });
const hiddenRefs = async () =>
  (
    await rig.git(
      `--git-dir=${rig.repositoryDir(`web/${app.name}`)}`,
      'for-each-ref',
      '--format=%(refname)',
      'refs/checks/',
    )
  ).stdout;
const mailsTo = async (name: string) =>
  (await rig.facts())
    .filter(({ repo }) => repo === `web/${app.name}`)
    .flatMap(({ mail }) => mail.filter(({ to, notice }) => to === name && notice === 'check_failed'))
    .map(({ body }) => body.map((part) => (typeof part === 'string' ? part : part.quote)).join(''));

async function claim(): Promise<CheckJob> {
  const job = await hived.claim();
  if (job === null) throw new Error('no run of a check waits');
  return job;
}

test('a merge waits for the checks of its result, and goes through when they have passed', async () => {
  await makeRepository(UNIT);
  const head = await commit('fix', { 'a.txt': 'two\n' }, 'main');
  await open('fix');
  await approve();
  const job = await claim();
  expect(job).toMatchObject({ owner: 'web', name: app.name, check: 'unit', timeoutMs: 60_000 });
  expect([job.setup, job.command]).toEqual(['make deps', 'make test']);
  expect(await mergeState()).toMatchObject({
    ready: false,
    reasons: ['its checks are running: try again when they have passed'],
    checks: { state: 'running', runs: [{ check: 'unit', state: 'running', attempt: 1, required: true }] },
  });
  await expect(merge()).rejects.toMatchObject({ code: 'not_mergeable', message: expect.stringContaining('running') });
  await hived.exit(job.run, 0);
  expect(await mergeState()).toMatchObject({ ready: true, checks: { state: 'passed', flaky: false } });
  // What was checked is the merge of both.
  const parents = await rig.git(
    `--git-dir=${rig.repositoryDir(`web/${app.name}`)}`,
    'rev-list',
    '-1',
    '--parents',
    job.commit,
  );
  expect(parents.stdout.trim().split(' ').slice(1)).toContain(head);
  expect((await merge()).pull.state).toBe('merged');
  await patiently('its commit is let go', async () => (await hiddenRefs()) === '');
});

test("a run's socket gives the commit that it checks, and nothing else of the forge", async () => {
  await makeRepository(UNIT);
  await commit('secret', { 'b.txt': 'of another branch\n' }, 'main');
  const other = (await rig.git('-C', work, 'rev-parse', 'secret')).stdout.trim();
  await commit('fix', { 'a.txt': 'two\n' }, 'main');
  await open('fix');
  const job = await claim();
  const socket = socketIn(rig, job.run);
  expect(await hived.report(job.run, '', socket)).toBe(true);
  const relay = await startRelay(socket);
  try {
    const url = `${relay.url}/${job.owner}/${job.name}.git`;
    const box = join(rig.dir, `box${job.run}`);
    await rig.git('init', '-q', box);
    const fetched = await rig.git('-C', box, 'fetch', '-q', '--depth=1', url, job.ref);
    expect(fetched).toMatchObject({ code: 0, stderr: '' });
    const files = await rig.git('-C', box, 'show', 'FETCH_HEAD:a.txt');
    expect(files.stdout).toBe('two\n');
    expect((await rig.git('-C', box, 'rev-parse', 'FETCH_HEAD')).stdout.trim()).toBe(job.commit);
    const refs = await rig.git('ls-remote', url);
    expect(
      refs.stdout
        .trim()
        .split('\n')
        .map((line) => line.split('\t')[1]),
    ).toEqual(['HEAD', job.ref]);
    for (const wanted of ['refs/heads/main', 'refs/heads/secret', other])
      expect((await rig.git('-C', box, 'fetch', '-q', url, wanted)).code, wanted).not.toBe(0);
    for (const repo of ['shared/docs', 'web/app1', 'coder/x'])
      expect((await rig.git('ls-remote', `${relay.url}/${repo}.git`)).stderr, repo).toContain('not found');
    const push = await rig.git('-C', box, 'push', '-q', url, `${job.commit}:refs/heads/mine`);
    expect(push.stderr).toContain('not found');
    for (const path of ['/api/repos', '/api/check-jobs', `/api/check-jobs/${job.run}/end`])
      expect((await fetch(`${relay.url}${path}`, { method: 'POST', body: '{}' })).status, path).toBe(404);
    await hived.exit(job.run, 0);
    await patiently('its socket is gone', async () => (await fetch(relay.url).catch(() => null)) === null);
  } finally {
    relay.server.close();
  }
});

test('the author hears of a failed check with its first failing lines; a push cancels what runs and asks anew', async () => {
  await makeRepository(UNIT);
  await commit('fix', { 'a.txt': 'two\n' }, 'main');
  await open('fix');
  const first = await claim();
  await hived.report(first.run, 'compiling\n::error file=a.txt,line=1::it says two\n');
  await hived.exit(first.run, 2);
  const [mail] = await mailsTo('coder');
  expect(mail).toContain(`web/${app.name}#1 (Merge fix) failed: unit (run ${first.run}: it ended with exit code 2)`);
  expect(mail).toContain('Its first failing lines: a.txt:1: it says two.');
  expect(await mergeState()).toMatchObject({ checks: { state: 'failed', failed: ['unit'] } });
  const log = await rig.agent(CODER).call('readCheckLog', { ...app, run: first.run });
  expect(log).toMatchObject({ before: null, text: 'compiling\n::error file=a.txt,line=1::it says two\n' });
  const seen = await rig.agent(CODER).call('describeCheck', { ...app, run: first.run });
  expect(seen).toMatchObject({ pull: 1, notes: [{ level: 'error', path: 'a.txt', line: 1, message: 'it says two' }] });
  await commit('fix', { 'a.txt': 'three\n' });
  const second = await claim();
  await commit('fix', { 'a.txt': 'four\n' });
  await patiently('the older one is cancelled', async () => !(await hived.report(second.run)));
  // A word that comes too late changes nothing.
  await expect(hived.exit(second.run, 0)).rejects.toMatchObject({ code: 'wrong_state' });
  const third = await claim();
  expect(third.commit).not.toBe(second.commit);
  await hived.exit(third.run, 0);
  expect((await mergeState()).checks).toMatchObject({ state: 'passed', flaky: false });
  expect(await mailsTo('coder')).toHaveLength(1);
});

test('a check that failed and passed for the same files is flaky, and its retry is seen', async () => {
  await makeRepository(`${UNIT}    retries: 1\n`);
  await commit('fix', { 'a.txt': 'two\n' }, 'main');
  await open('fix');
  await hived.exit((await claim()).run, 1);
  const again = await claim();
  expect((await mergeState()).checks).toMatchObject({ state: 'running' });
  await hived.exit(again.run, 0);
  const { checks } = await mergeState();
  expect(checks).toMatchObject({ state: 'passed', flaky: true, runs: [{ attempt: 2, why: 'rule', flaky: true }] });
  const retried = rig.agent(SCOUT).call('retryCheck', { ...app, run: again.run });
  await expect(retried).rejects.toMatchObject({ code: 'forbidden' });
  const { run } = await rig.agent(CODER).call('retryCheck', { ...app, run: again.run });
  expect(run).toMatchObject({ attempt: 3, why: 'asked', state: 'queued' });
  const third = await claim();
  expect(third).toMatchObject({ run: run.id, commit: again.commit });
  await hived.exit(third.run, 0);
  const { runs } = await rig.operator.call('listChecks', { ...app, pull: 1 });
  expect(runs.map(({ attempt, state }) => [attempt, state])).toEqual([
    [3, 'passed'],
    [2, 'passed'],
    [1, 'failed'],
  ]);
});

test('a run whose hived died is lost and queued again, with an end; a late word of the old one counts for nothing', async () => {
  await makeRepository(UNIT);
  await commit('fix', { 'a.txt': 'two\n' }, 'main');
  await open('fix');
  const first = await claim();
  for (let attempt = 2; attempt <= 4; attempt += 1) {
    const dead = hived;
    hived = holdChecks(rig);
    const job = await claim();
    expect((await mergeState()).checks.runs).toMatchObject([{ attempt, why: 'lost', state: 'running' }]);
    await expect(dead.exit(first.run, 0)).rejects.toMatchObject({ code: 'wrong_state' });
    if (attempt < 4) continue;
    await hived.end(job.run, { kind: 'lost', reason: 'the container engine went away' });
  }
  const { checks } = await mergeState();
  expect(checks).toMatchObject({ state: 'failed', failed: ['unit'], runs: [{ attempt: 4, state: 'lost' }] });
  expect(await hived.claim(0)).toBeNull();
});

test('a run that is handed back begins again as the same one, with an empty output', async () => {
  await makeRepository(UNIT);
  await commit('fix', { 'a.txt': 'two\n' }, 'main');
  await open('fix');
  const first = await claim();
  await hived.report(first.run, 'half\n');
  await hived.end(first.run, { kind: 'returned' });
  const again = await claim();
  expect(again.run).toBe(first.run);
  await hived.report(again.run, 'whole\n');
  await hived.exit(again.run, 0);
  expect((await rig.operator.call('readCheckLog', { ...app, run: first.run })).text).toBe('whole\n');
});

test('a restart of the forge in the middle of a run changes nothing: its output and its end arrive', async () => {
  await makeRepository(UNIT);
  await commit('fix', { 'a.txt': 'two\n' }, 'main');
  await open('fix');
  const job = await claim();
  await hived.report(job.run, 'before\n', socketIn(rig, job.run));
  await rig.restart();
  await rig.setProjects({ web: { coder: 'write', scout: 'review' } });
  expect(await hived.report(job.run, 'after\n', socketIn(rig, job.run))).toBe(true);
  const relay = await startRelay(socketIn(rig, job.run));
  expect((await rig.git('ls-remote', `${relay.url}/${job.owner}/${job.name}.git`)).stdout).toContain(job.ref);
  relay.server.close();
  await hived.exit(job.run, 0);
  expect((await mergeState()).checks.state).toBe('passed');
  expect((await rig.operator.call('readCheckLog', { ...app, run: job.run })).text).toBe('before\nafter\n');
});

test('the base says what runs, never the pull request; a file that cannot be understood fails with a sentence', async () => {
  await makeRepository('checks:\n  - name: unit\n    comand: x\n');
  await commit('fix', { '.hive/checks.yaml': 'checks:\n  - name: mine\n    command: "true"\n' }, 'main');
  await open('fix');
  await approve();
  await patiently('it is decided', async () => (await mergeState()).checks.state === 'failed');
  const { reasons, checks } = await mergeState();
  expect(checks.trouble).toContain('.hive/checks.yaml is not valid: checks.0');
  expect(reasons).toEqual([`its checks could not run: ${checks.trouble}`]);
  await expect(merge()).rejects.toMatchObject({ code: 'not_mergeable' });
  expect(await mailsTo('coder')).toEqual([expect.stringContaining('.hive/checks.yaml is not valid')]);
  expect(await hived.claim(0)).toBeNull();
});

test('a check whose paths name nothing that changed is skipped, which is enough only where it is declared', async () => {
  const check = (name: string, more: string) => `  - {name: ${name}, command: x, paths: ["docs/**"]${more}}\n`;
  await makeRepository(`checks:\n${check('docs', '')}${check('strict', ', when_skipped: fail')}`);
  await commit('fix', { 'a.txt': 'two\n' }, 'main');
  await open('fix');
  await patiently('it is decided', async () => (await mergeState()).checks.state === 'failed');
  const { checks } = await mergeState();
  expect(checks.failed).toEqual(['strict']);
  expect(checks.runs.map(({ check: name, state }) => [name, state])).toEqual([
    ['docs', 'skipped'],
    ['strict', 'skipped'],
  ]);
});

test('checks that ran with an older base do not count: the merge asks for those of the newest one', async () => {
  await makeRepository(UNIT);
  await commit('fix', { 'a.txt': 'two\n' }, 'main');
  await commit('side', { 'b.txt': 'x\n' }, 'main');
  await open('fix');
  await approve();
  await hived.exit((await claim()).run, 0);
  await open('side');
  await approve(2);
  await hived.exit((await claim()).run, 0);
  await rig.operator.call('mergePull', { ...app, number: 2 });
  expect(await mergeState()).toMatchObject({ ready: false, checks: { state: 'missing' } });
  await expect(merge()).rejects.toMatchObject({ message: expect.stringContaining('its checks are running') });
  expect((await rig.agent(CODER).call('requestChecks', { ...app, number: 1 })).checks.state).toBe('running');
  await expect(rig.agent(SCOUT).call('requestChecks', { ...app, number: 1 })).rejects.toMatchObject({
    code: 'forbidden',
  });
  const job = await claim();
  await hived.exit(job.run, 0);
  expect((await merge()).pull.state).toBe('merged');
});

test('of a long output the beginning and the end stay, read from the end by pages', async () => {
  await makeRepository(UNIT);
  await commit('fix', { 'a.txt': 'two\n' }, 'main');
  await open('fix');
  const job = await claim();
  for (let at = 0; at < 60; at += 1) await hived.report(job.run, `line ${at}, ${'x'.repeat(30)}\n`);
  await hived.exit(job.run, 0);
  const { text, before } = await rig.operator.call('readCheckLog', { ...app, run: job.run, limit: 200_000 });
  expect(before).toBeNull();
  expect(text.startsWith('line 0,')).toBe(true);
  expect(text).toMatch(/\[\d+ characters are left out here\]/);
  expect(text.trimEnd().split('\n').at(-1)).toContain('line 59,');
  expect(text.length).toBeLessThan(1_100);
});

test('a pull request that ends, and a repository that is removed, end what runs for them', async () => {
  await makeRepository(UNIT);
  await commit('fix', { 'a.txt': 'two\n' }, 'main');
  await open('fix');
  const job = await claim();
  await rig.agent(CODER).call('editPull', { ...app, number: 1, state: 'closed' });
  await patiently('it is cancelled', async () => !(await hived.report(job.run)));
  await patiently('its commit is let go', async () => (await hiddenRefs()) === '');
  await rig.agent(CODER).call('editPull', { ...app, number: 1, state: 'open' });
  const again = await claim();
  await rig.operator.call('removeRepo', { ...app });
  expect(await hived.report(again.run)).toBe(false);
  await expect(hived.exit(again.run, 0)).rejects.toMatchObject({ code: 'wrong_state' });
});

/*
 * Vulnerability: the forge's facts are read in order, and one that hived cannot accept blocks all later ones. Scenario: a
 * checks' file with names that are longer than a mail may be. Verified: the fact is read, and its mail is cut.
 */
test('a file that cannot be understood because of endless names blocks no facts', async () => {
  const keys = Array.from({ length: 20 }, (_, at) => `    k${at}${'x'.repeat(1_000)}: 1\n`);
  await makeRepository(`checks:\n  - name: unit\n    command: x\n${keys.join('')}`);
  await commit('fix', { 'a.txt': 'two\n' }, 'main');
  await open('fix');
  await patiently('it is decided', async () => (await mergeState()).checks.state === 'failed');
  const { trouble } = (await mergeState()).checks;
  expect(trouble?.length).toBeLessThan(500);
  const [mail] = await mailsTo('coder');
  expect(mail).toContain('.hive/checks.yaml is not valid');
});

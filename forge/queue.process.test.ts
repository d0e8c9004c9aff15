/** The merge queue from end to end: real git, real sockets, checks that the test ends. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { ProjectName, RepoName } from '../protocol/names.ts';
import type { ForgeFact } from '../protocol/schemas/forge-fact.ts';
import { createFakeSuites, type FakeSuites } from './testing/fake-suites.ts';
import { CODER, type ForgeRig, SCOUT, startRig } from './testing/forge-rig.ts';
import { until as untilWithin } from './testing/until.ts';

const suites: FakeSuites = createFakeSuites();
let rig: ForgeRig;
/** On a busy machine, too. */
const until = (what: string, holds: () => boolean | Promise<boolean>) => untilWithin(what, holds, 60_000);
let count = 0;
/** Each test has a repository of its own, and a work tree. */
let app: { owner: ProjectName; name: RepoName };
let work: string;
const RUNNING = 'its checks are running: try again when they have passed';
/** Who opens pull requests. The calls of an agent are limited, so that most are the operator's. */
let author: 'coder' | 'operator' = 'operator';

beforeAll(async () => {
  rig = await startRig({}, undefined, { suites });
});
afterAll(() => rig.close());

beforeEach(async () => {
  count += 1;
  author = 'operator';
  app = { owner: 'web' as ProjectName, name: `app${count}` as RepoName };
  await rig.setProjects({ web: { coder: 'merge', scout: 'review' } });
  work = await rig.makeWork(`work${count}`, { 'a.txt': 'one\n' });
  await rig.git('-C', work, 'push', '-q', urlOf(), 'main');
  await rig.operator.call('setRule', { ...app, pattern: 'main', approvals: 0, direct: 'nobody', queue: true });
});

const urlOf = () => `${rig.urlOf(CODER)}/web/${app.name}.git`;

/** A branch of this name with one changed file, and a pull request for it. */
async function open(head: string, file = `${head}.txt`, more: object = {}): Promise<number> {
  await rig.git('-C', work, 'checkout', '-q', '-B', head, 'main');
  await change(head, file);
  const wanted = { ...app, head, title: `Merge ${head}`, ...more };
  const opened = author === 'coder' ? rig.agent(CODER).call('openPull', wanted) : rig.operator.call('openPull', wanted);
  const { number } = (await opened).pull;
  // Then its own checks do not hold it up: there are none.
  const isAsked = async () => !(await describe(number)).merge.reasons.includes(RUNNING);
  await until('its checks were asked for', isAsked);
  return number;
}

async function change(head: string, file: string, text = `${head} ${file} ${Math.random()}\n`): Promise<void> {
  await writeFile(join(work, file), text);
  await rig.git('-C', work, 'add', '.');
  await rig.git('-C', work, 'commit', '-q', '-m', `change ${file}`);
  const { stderr } = await rig.git('-C', work, 'push', '-q', urlOf(), head);
  expect(stderr).toBe('');
}

const merge = (number: number, more: object = {}) => rig.operator.call('mergePull', { ...app, number, ...more });
const describe = async (number: number) => rig.operator.call('describePull', { ...app, number });
const stateOf = async (number: number) => (await describe(number)).pull.state;
const queue = async () => (await rig.operator.call('listQueues', app)).queues[0]?.entries ?? [];
const numbers = async () => (await queue()).map(({ number }) => number);
const runs = async () => (await rig.operator.call('listQueues', app)).queues[0]?.runs ?? [];
const tested = async () => (await runs()).map((run) => run.numbers);
const git = async (...argv: string[]) =>
  (await rig.git(`--git-dir=${rig.repositoryDir(`web/${app.name}`)}`, ...argv)).stdout.trim();
/** Those of this test's repository. */
const allFacts = async () => {
  const found: ForgeFact[] = [];
  for (;;) {
    const { facts } = await rig.operator.call('listFacts', { after: found.at(-1)?.id ?? 0, waitMs: 0 });
    if (facts.length === 0) return found.filter(({ repo }) => repo === `web/${app.name}`);
    found.push(...facts);
  }
};
const facts = async (kind: string) => (await allFacts()).filter((fact) => fact.kind === kind);
const mails = async () =>
  (await allFacts()).flatMap(({ mail }) =>
    mail.map(({ to, body }) => `${to}: ${body.map((part) => (typeof part === 'string' ? part : part.quote)).join('')}`),
  );
/** The suites of this test's repository. */
let askedBefore = 0;
const asked = () => suites.asked.slice(askedBefore);
beforeEach(() => {
  askedBefore = suites.asked.length;
});

/** Waits until these are tested together, and ends their run. */
async function end(wanted: number[], state: 'passed' | 'failed', more: Parameters<FakeSuites['end']>[2] = {}) {
  const find = async () =>
    (await runs()).find((run) => run.state === 'running' && run.numbers.join() === wanted.join());
  await until(`a run of ${wanted.join()}`, async () => (await find()) !== undefined);
  const { commit } = (await find())!;
  suites.end(suites.running().find((suite) => suite.commit === commit)!.id, state, more);
}
/** Puts them into the queue while nothing can be tested yet, so that they come into one batch. */
async function mergeTogether(all: number[]): Promise<void> {
  await rig.operator.call('setRule', { ...app, pattern: 'main', approvals: 1, direct: 'nobody', queue: true });
  for (const number of all) await merge(number, { whenReady: true });
  await rig.operator.call('setRule', { ...app, pattern: 'main', approvals: 0, direct: 'nobody', queue: true });
}

test('pull requests of one batch are tested as one commit, and merged by one move, each once', async () => {
  author = 'coder';
  const before = await git('rev-parse', 'main');
  const all = [await open('one'), await open('two'), await open('three')];
  await mergeTogether(all);
  await end(all, 'passed');
  await until('all are merged', async () => (await Promise.all(all.map(stateOf))).every((state) => state === 'merged'));
  const history = (await git('rev-list', '--first-parent', '--reverse', `${before}..main`)).split('\n');
  const pulls = await Promise.all(all.map(async (number) => (await describe(number)).pull));
  expect(pulls.map(({ mergeCommit }) => mergeCommit)).toEqual(history);
  expect(asked()).toMatchObject([{ target: before, commit: history[2] }]);
  expect(pulls.map(({ endedBy }) => endedBy)).toEqual(['operator', 'operator', 'operator']);
  expect(await facts('forge.pull_ended')).toHaveLength(3);
  expect((await facts('forge.pushed')).filter(({ by }) => by === 'operator').at(-1)?.data).toMatchObject({
    refs: [{ ref: 'refs/heads/main', old: before, new: history[2] }],
  });
  expect((await mails()).filter((mail) => mail.includes('is merged into main'))).toEqual(
    ['one', 'two', 'three'].map(
      (head, at) => `coder: web/${app.name}#${at + 1} (Merge ${head}) is merged into main by the operator.`,
    ),
  );
  expect(await queue()).toEqual([]);
  expect(await git('for-each-ref', 'refs/queue/')).toBe('');
});

test('the one that breaks a batch is found and put out alone, with the reason; its neighbours are merged', async () => {
  author = 'coder';
  const all = [await open('one'), await open('bad'), await open('three')];
  await mergeTogether(all);
  await end(all, 'failed');
  await end([1, 2], 'failed');
  await end([1], 'passed');
  await until('the first is merged', async () => (await stateOf(1)) === 'merged');
  // The run of the first two failed, and the first alone has passed: nothing else is run to blame the second.
  await until('it is out', async () => !(await numbers()).includes(2));
  await end([3], 'passed');
  await until('the third is merged', async () => (await stateOf(3)) === 'merged');
  expect(await stateOf(2)).toBe('open');
  expect(asked()).toHaveLength(4);
  expect(await facts('forge.pull_unqueued')).toMatchObject([
    { by: 'system', data: { number: 2, reason: 'on top of main, these checks failed: test' } },
  ]);
  const told = `web/${app.name}#2 (Merge bad) is no longer in the merge queue: on top of main, these checks failed: test. Ask for its merge again when that is solved.`;
  expect((await mails()).filter((mail) => mail.includes('no longer in the merge queue'))).toEqual([
    `coder: ${told}`,
    `operator: ${told}`,
  ]);
});

test('a flake is tested again, and puts out nobody', async () => {
  const number = await open('one');
  await merge(number);
  await end([number], 'failed', { isFlaky: true });
  await end([number], 'passed');
  await until('it is merged', async () => (await stateOf(number)) === 'merged');
});

test('a conflict with the base is said before any check runs, and puts out nobody else', async () => {
  const first = await open('one', 'same.txt');
  const second = await open('two', 'same.txt');
  const third = await open('three');
  await merge(first);
  await until('the first is tested', async () => (await tested()).flat().includes(first));
  await merge(second);
  await merge(third);
  // The second conflicts with the first alone, which may yet fail: it is passed over.
  await until('the third is tested', async () => (await tested()).flat().includes(third));
  expect((await tested()).flat()).not.toContain(second);
  await end([first], 'passed');
  await until('the second is out', async () => !(await numbers()).includes(second));
  await end([third], 'passed');
  await until('the third is merged', async () => (await stateOf(third)) === 'merged');
  const [out] = await facts('forge.pull_unqueued');
  expect(out?.data).toMatchObject({
    number: second,
    reason:
      'it conflicts with main in "same.txt". Solve it on two: git fetch origin && git checkout two && git merge origin/main, then commit and push',
  });
  await expect(merge(second)).rejects.toMatchObject({ code: 'not_mergeable' });
});

test('what is not allowed any more leaves at once, and its run ends', async () => {
  const review = { owner: app.owner, name: app.name, body: 'No.' };
  const leaving: [string, (number: number, head: string) => Promise<unknown>, RegExp][] = [
    ['a push', (_number, head) => change(head, 'more.txt'), /^it has new commits/],
    [
      'a judgement',
      async (number) => {
        const { commit } = (await describe(number)).pull;
        await rig.agent(SCOUT).call('reviewPull', { ...review, number, commit, verdict: 'request_changes' });
      },
      /^it may not be merged any more: scout wanted changes/,
    ],
    ['a draft', (number) => rig.operator.call('editPull', { ...app, number, draft: true }), /it is a draft/],
    [
      'a right',
      () => rig.setProjects({ web: { coder: 'write', scout: 'review' } }),
      /^coder, who asked for its merge, may not/,
    ],
  ];
  for (const [at, [what, happen, reason]] of leaving.entries()) {
    const head = `branch${at}`;
    const number = await open(head);
    if (what === 'a right') await rig.agent(CODER).call('mergePull', { ...app, number });
    else await merge(number);
    await until(`${what}: it is tested`, async () => (await tested()).flat().includes(number));
    await rig.git('-C', work, 'checkout', '-q', head);
    await happen(number, head);
    await until(`${what}: it is out`, async () => (await queue()).length === 0 && suites.running().length === 0);
    const left = (await facts('forge.pull_unqueued')).filter(({ data }) => data['number'] === number);
    expect(left.map(({ data }) => data['reason'])).toEqual([expect.stringMatching(reason)]);
    expect(await stateOf(number)).toBe('open');
  }
});

test('one that is closed leaves without another word; a rule without a queue puts out what is there', async () => {
  const closed = await open('one');
  await merge(closed);
  await rig.operator.call('editPull', { ...app, number: closed, state: 'closed' });
  await until('it is out', async () => (await queue()).length === 0);
  expect(await facts('forge.pull_unqueued')).toEqual([]);
  const second = await open('two');
  await merge(second);
  await rig.operator.call('setRule', { ...app, pattern: 'main', approvals: 0, direct: 'nobody', queue: false });
  await until('it is out', async () => (await queue()).length === 0);
  expect((await facts('forge.pull_unqueued')).map(({ data }) => data['reason'])).toEqual([
    'main has no merge queue any more',
  ]);
  expect((await merge(second)).pull.state).toBe('merged');
});

test('no merge goes past the queue, and a run that passed merges nothing that was forbidden meanwhile', async () => {
  const number = await open('one');
  const { pull, queue: entry } = await merge(number);
  expect(pull.state).toBe('open');
  expect(entry).toMatchObject({
    number,
    state: 'queued',
    position: 1,
    by: 'operator',
    priority: 'normal',
    reasons: [],
  });
  await until('it is tested', async () => (await tested()).flat().includes(number));
  expect((await describe(number)).queue).toMatchObject({ state: 'testing', position: 1 });
  // Asked for once more it stays where it is.
  expect((await merge(number)).queue).toMatchObject({ position: 1 });
  expect(await facts('forge.pull_queued')).toHaveLength(1);
  await expect(rig.agent(CODER).call('mergePull', { ...app, number, priority: 'critical' })).rejects.toMatchObject({
    code: 'forbidden',
  });
  await expect(merge(number, { method: 'fast_forward' })).rejects.toMatchObject({ code: 'not_mergeable' });
  await rig.agent(SCOUT).call('reviewPull', {
    ...app,
    number,
    body: 'No.',
    verdict: 'request_changes',
    commit: pull.commit,
  });
  for (const { id } of suites.running()) suites.end(id, 'passed');
  await until('it is out', async () => (await queue()).length === 0);
  expect(await stateOf(number)).toBe('open');
});

test('one that is asked for before its reviews waits for them, with a queue and without', async () => {
  for (const queued of [true, false]) {
    await rig.operator.call('setRule', { ...app, pattern: 'main', approvals: 1, direct: 'nobody', queue: queued });
    const number = await open(`waits${queued}`);
    await expect(merge(number)).rejects.toMatchObject({ code: 'not_mergeable' });
    const { queue: entry } = await merge(number, { whenReady: true });
    expect(entry).toMatchObject({
      state: 'waiting',
      position: null,
      mode: queued ? 'queue' : 'alone',
      reasons: expect.arrayContaining(['it needs 1 approval of its newest commit and has 0']),
    });
    const { commit } = (await describe(number)).pull;
    await rig.agent(SCOUT).call('reviewPull', { ...app, number, verdict: 'approve', commit });
    if (queued) await end([number], 'passed');
    await until('it is merged', async () => (await stateOf(number)) === 'merged');
  }
  expect(await facts('forge.pull_ended')).toHaveLength(2);
});

test('its author takes it out, and who is behind it goes on; nobody else without the right to merge does', async () => {
  author = 'coder';
  const all = [await open('one'), await open('two'), await open('three')];
  await mergeTogether(all);
  await until('they are tested', async () => (await tested()).flat().length === 3);
  await expect(rig.agent(SCOUT).call('leaveQueue', { ...app, number: 1 })).rejects.toMatchObject({ code: 'forbidden' });
  await rig.agent(CODER).call('leaveQueue', { ...app, number: 1 });
  await expect(rig.agent(CODER).call('leaveQueue', { ...app, number: 1 })).rejects.toMatchObject({ code: 'not_found' });
  await end([2], 'passed');
  await end([3], 'passed');
  await until('both are merged', async () => (await queue()).length === 0);
  expect(await Promise.all(all.map(stateOf))).toEqual(['open', 'merged', 'merged']);
  expect((await describe(1)).entries.map(({ by, kind, body }) => [by, kind, body])).toEqual([
    ['operator', 'queued', ''],
    ['coder', 'unqueued', ''],
  ]);
  // Whoever did it knows; whoever asked for the merge is told.
  expect((await mails()).filter((mail) => mail.includes('out of the merge queue'))).toEqual([
    `operator: coder took web/${app.name}#1 (Merge one) out of the merge queue.`,
  ]);
});

test('a push to the base begins the queue anew on top of it', async () => {
  await rig.operator.call('setRule', { ...app, pattern: 'main', approvals: 0, direct: 'merge', queue: true });
  const number = await open('one');
  await merge(number);
  await until('it is tested', async () => (await tested()).length === 1);
  await rig.git('-C', work, 'checkout', '-q', 'main');
  await change('main', 'direct.txt');
  const pushed = await git('rev-parse', 'main');
  await until('it is tested anew', async () => suites.running().some(({ target }) => target === pushed));
  await end([number], 'passed');
  await until('it is merged', async () => (await stateOf(number)) === 'merged');
  expect(await git('rev-parse', 'main^1')).toBe(pushed);
});

test('a forge that starts again goes on where it was: what passed meanwhile is merged, what leads nowhere is dropped', async () => {
  const [first, second] = [await open('one'), await open('two')];
  for (const number of [first, second]) await rig.operator.call('mergePull', { ...app, number });
  await until('both are tested', async () => (await tested()).flat().length === 2);
  const stray = await git('rev-parse', 'refs/heads/two');
  await rig.restart(async () => {
    for (const { id } of suites.running()) suites.end(id, 'passed');
    await git('update-ref', 'refs/queue/999', stray);
  });
  await until('both are merged', async () => (await queue()).length === 0);
  expect(await Promise.all([first, second].map(stateOf))).toEqual(['merged', 'merged']);
  expect(await facts('forge.pull_ended')).toHaveLength(2);
  expect(await git('for-each-ref', 'refs/queue/')).toBe('');
  expect(await git('fsck', '--full')).not.toMatch(/error|missing/);
});

test('clients see no ref of the queue, and pruning leaves what it tests', async () => {
  const number = await open('one');
  await merge(number);
  await until('it is tested', async () => (await tested()).length === 1);
  const { stdout } = await rig.git('ls-remote', urlOf());
  expect(stdout).not.toContain('refs/queue/');
  await rig.operator.call('pruneRepo', app);
  await end([number], 'passed');
  await until('it is merged', async () => (await stateOf(number)) === 'merged');
});

test('owners of what it changes are asked before it is tested; one that may wait waits for them', async () => {
  await rig.operator.call('setRule', { ...app, pattern: 'main', approvals: 0, direct: 'merge', queue: true });
  await mkdir(join(work, '.hive'));
  await rig.git('-C', work, 'checkout', '-q', 'main');
  await change('main', '.hive/CODEOWNERS', '* @scout\n');
  await rig.operator.call('setRule', {
    ...app,
    pattern: 'main',
    approvals: 0,
    direct: 'nobody',
    queue: true,
    owners: true,
  });
  author = 'coder';
  const number = await open('one');
  await expect(merge(number)).rejects.toMatchObject({
    code: 'not_mergeable',
    message: expect.stringContaining('scout'),
  });
  await merge(number, { whenReady: true });
  await until('it waits', async () => (await queue())[0]?.state === 'waiting');
  expect((await queue())[0]?.reasons).toEqual([expect.stringContaining('scout')]);
  expect(asked()).toEqual([]);
  const { commit } = (await describe(number)).pull;
  await rig.agent(SCOUT).call('reviewPull', { ...app, number, verdict: 'approve', commit });
  await end([number], 'passed');
  await until('it is merged', async () => (await stateOf(number)) === 'merged');
});

test('one that its method cannot merge is put out with the reason', async () => {
  const number = await open('merged');
  await rig.git('-C', work, 'checkout', '-q', '-b', 'side', 'main');
  await change('side', 'side.txt');
  await rig.git('-C', work, 'checkout', '-q', 'merged');
  await rig.git('-C', work, 'merge', '-q', '--no-ff', '-m', 'join', 'side');
  await rig.git('-C', work, 'push', '-q', urlOf(), 'merged');
  await merge(number, { method: 'rebase', whenReady: true });
  await until('it is out', async () => (await queue()).length === 0);
  expect((await facts('forge.pull_unqueued')).map(({ data }) => data['reason'])).toEqual([
    expect.stringContaining('its branch has merges, which a rebase cannot repeat'),
  ]);
});

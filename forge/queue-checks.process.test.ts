/** The merge queue with the forge's own checks; a test stands in for hived's boxes. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { ProjectName, RepoName } from '../protocol/names.ts';
import type { CheckJob } from '../protocol/schemas/check.ts';
import { CODER, type ForgeRig, startRig } from './testing/forge-rig.ts';
import { until as untilWithin } from './testing/until.ts';
import { holdChecks, type TestHolder } from './testing/use-checks.ts';

const web = 'web' as ProjectName;
let rig: ForgeRig;
let hived: TestHolder;
/** On a busy machine, too. */
const until = (what: string, holds: () => boolean | Promise<boolean>) => untilWithin(what, holds, 60_000);
let count = 0;
let app: { owner: ProjectName; name: RepoName };
let work: string;

beforeAll(async () => {
  rig = await startRig();
  await rig.setProjects({ web: { coder: 'merge' } });
  hived = holdChecks(rig);
});
afterAll(() => rig.close());

/** A repository whose main declares a check and has a merge queue. */
beforeEach(async () => {
  count += 1;
  app = { owner: web, name: `app${count}` as RepoName };
  work = await rig.makeWork(`work${count}`, { 'a.txt': 'one\n' });
  await push('main', '.hive/checks.yaml', 'checks:\n  - name: unit\n    command: make test\n');
  await rig.operator.call('setRule', { ...app, pattern: 'main', approvals: 0, direct: 'nobody', queue: true });
});

async function push(branch: string, file: string, text: string): Promise<void> {
  await rig.git('-C', work, 'checkout', '-q', '-B', branch, 'main');
  await mkdir(join(work, '.hive'), { recursive: true });
  await writeFile(join(work, file), text);
  await rig.git('-C', work, 'add', '-A');
  await rig.git('-C', work, 'commit', '-q', '-m', `change ${file}`);
  const { stderr } = await rig.git('-C', work, 'push', '-q', `${rig.urlOf(CODER)}/web/${app.name}.git`, branch);
  expect(stderr).toBe('');
}

async function open(head: string, file = `${head}.txt`, text = `${head}\n`): Promise<number> {
  await push(head, file, text);
  return (await rig.agent(CODER).call('openPull', { ...app, head, title: `Merge ${head}` })).pull.number;
}

const merge = (number: number) => rig.operator.call('mergePull', { ...app, number, whenReady: true });
const stateOf = async (number: number) => (await rig.operator.call('describePull', { ...app, number })).pull.state;
/** Of a run: what its commit says. */
const subject = async ({ commit }: CheckJob) =>
  (
    await rig.git(`--git-dir=${rig.repositoryDir(`web/${app.name}`)}`, 'log', '-1', '--format=%s', commit)
  ).stdout.trim();

async function claim(): Promise<CheckJob> {
  const job = await hived.claim();
  if (job === null) throw new Error('no run of a check waits');
  return job;
}
const unqueued = async () =>
  (await rig.facts()).filter(({ kind, repo }) => kind === 'forge.pull_unqueued' && repo === `web/${app.name}`);

test('one waits for its own checks, is tested in the queue by what main declares, and is merged when that passed', async () => {
  const number = await open('own', '.hive/checks.yaml', 'checks:\n  - name: unit\n    command: "true"\n');
  expect((await merge(number)).queue).toMatchObject({
    state: 'waiting',
    reasons: ['its checks are running: try again when they have passed'],
  });
  await hived.exit((await claim()).run, 0);
  const job = await claim();
  expect(await subject(job)).toBe(`Merge pull request #${number} from own`);
  expect(job.command).toBe('make test');
  await hived.exit(job.run, 0);
  await until('it is merged', async () => (await stateOf(number)) === 'merged');
});

test('one whose checks fail in the queue is put out with the first failing lines', async () => {
  const number = await open('bad');
  await hived.exit((await claim()).run, 0);
  await rig.operator.call('setRule', { ...app, pattern: 'main', approvals: 0, direct: 'merge', queue: true });
  // Main moves, so that what the queue tests is not what its own checks have seen.
  await push('main', 'main.txt', 'moved\n');
  expect((await rig.operator.call('describePull', { ...app, number })).merge).toMatchObject({ ready: true });
  await merge(number);
  const job = await claim();
  await hived.report(job.run, 'all is well\nerror: a.txt is missing\n');
  await hived.exit(job.run, 1);
  await until('it is out', async () => (await unqueued()).length > 0);
  const [fact] = await unqueued();
  expect(fact?.data).toMatchObject({ number, reason: 'on top of main, these checks failed: unit' });
  expect(fact?.mail.map(({ to }) => to)).toEqual(['coder', 'operator']);
  expect(JSON.stringify(fact?.mail)).toContain('error: a.txt is missing');
  expect(await stateOf(number)).toBe('open');
});

test('a check that has passed and failed for the same files is flaky: its failure is tested again', async () => {
  const number = await open('one');
  await hived.exit((await claim()).run, 0);
  await merge(number);
  // The files are those of its own checks, which passed.
  const job = await claim();
  await hived.exit(job.run, 1);
  const again = await claim();
  expect(again.commit).toBe(job.commit);
  await hived.exit(again.run, 0);
  await until('it is merged', async () => (await stateOf(number)) === 'merged');
  expect(await unqueued()).toEqual([]);
});

test('without a queue one waits for checks with the newest commit of main, and is merged by itself', async () => {
  await rig.operator.call('setRule', { ...app, pattern: 'main', approvals: 0, direct: 'merge', queue: false });
  const number = await open('alone');
  const first = await claim();
  expect((await merge(number)).queue).toMatchObject({ mode: 'alone', state: 'waiting' });
  // Its checks pass on a commit that main has left meanwhile: they are asked for once more.
  await push('main', 'main.txt', 'moved\n');
  await hived.exit(first.run, 0);
  const second = await claim();
  expect(second.commit).not.toBe(first.commit);
  expect(await stateOf(number)).toBe('open');
  await hived.exit(second.run, 0);
  await until('it is merged', async () => (await stateOf(number)) === 'merged');
});

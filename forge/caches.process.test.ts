/** Caches of checks: what one run saves is read by others only when what it checked was merged into their branch. */
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { CACHE_HEADER, HAND_OVER_PATHS } from '../protocol/check-places.ts';
import type { ProjectName, RepoName } from '../protocol/names.ts';
import type { CheckJob } from '../protocol/schemas/check.ts';
import { CODER, type ForgeRig, startRig } from './testing/forge-rig.ts';
import { until as untilWithin } from './testing/until.ts';
import { holdChecks, socketIn, type TestHolder } from './testing/use-checks.ts';

const web = 'web' as ProjectName;
let rig: ForgeRig;
let hived: TestHolder;
let count = 0;
let app: { owner: ProjectName; name: RepoName };
let work: string;
const until = (what: string, holds: () => boolean | Promise<boolean>) => untilWithin(what, holds, 60_000);

const CHECKS = `checks:
  - name: unit
    command: make test
    cache:
      - {key: "deps-{{hash deps.lock}}", paths: [deps, ~/.deps]}
`;

beforeAll(async () => {
  rig = await startRig({ maxCacheBytes: 1_000, allCacheBytes: 3_000 });
  await rig.setProjects({ web: { coder: 'write' } });
  hived = holdChecks(rig);
});
afterAll(() => rig.close());

/** A repository whose main is protected, and declares a check with a cache. */
beforeEach(async () => {
  count += 1;
  app = { owner: web, name: `app${count}` as RepoName };
  work = await rig.makeWork(`work${count}`, { 'deps.lock': '1\n' });
  await push('main', { '.hive/checks.yaml': CHECKS });
  await rig.operator.call('setRule', { ...app, pattern: 'main', approvals: 0, direct: 'nobody' });
});

async function push(branch: string, files: Readonly<Record<string, string>>, from = 'main'): Promise<void> {
  await rig.git('-C', work, 'checkout', '-q', '-B', branch, from);
  for (const [file, text] of Object.entries(files)) {
    await mkdir(dirname(join(work, file)), { recursive: true });
    await writeFile(join(work, file), text);
  }
  await rig.git('-C', work, 'add', '-A');
  await rig.git('-C', work, 'commit', '-q', '--allow-empty', '-m', branch);
  await rig.git('-C', work, 'push', '-q', '-f', `${rig.urlOf(CODER)}/web/${app.name}.git`, branch);
}

interface Running {
  readonly number: number;
  readonly job: CheckJob;
  readonly socketPath: string;
}

/** A pull request with these files, and its run. */
async function open(head: string, files: Readonly<Record<string, string>> = {}, base = 'main'): Promise<Running> {
  await push(head, { [`${head}.txt`]: head, ...files });
  const { pull } = await rig.agent(CODER).call('openPull', { ...app, head, base, title: head });
  return { number: pull.number, ...(await claim()) };
}

async function claim(): Promise<Omit<Running, 'number'>> {
  const job = await hived.claim();
  if (job === null) throw new Error('no run of a check waits');
  const socketPath = socketIn(rig, job.run);
  expect(await hived.report(job.run, '', socketPath)).toBe(true);
  return { job, socketPath };
}

/** As a box does it. */
function ask(method: 'GET' | 'PUT', socketPath: string, { at = '0', body = '' } = {}) {
  return new Promise<{ status: number; text: string; kind: unknown }>((resolve, reject) => {
    const headers = method === 'PUT' ? { 'content-type': 'application/octet-stream' } : {};
    const path = `${HAND_OVER_PATHS.cache}/${at}`;
    const call = request({ socketPath, method, path, headers, agent: false }, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (part: string) => (text += part));
      answer.once('end', () => resolve({ status: answer.statusCode ?? 0, text, kind: answer.headers[CACHE_HEADER] }));
    });
    call.once('error', reject).end(body);
  });
}
const save = async ({ socketPath }: Pick<Running, 'socketPath'>, body: string) =>
  (await ask('PUT', socketPath, { body })).status;
/** What a run begins with; null: nothing. */
async function begin({ socketPath }: Pick<Running, 'socketPath'>): Promise<string | null> {
  const { status, text, kind } = await ask('GET', socketPath);
  return status === 200 ? `${text} (${String(kind)})` : null;
}
const merge = (number: number, more: object = {}) => rig.operator.call('mergePull', { ...app, number, ...more });
const files = async () => (await readdir(join(rig.dir, 'root', 'caches'))).length;

test('a run begins with what was saved for the same files and merged, else with the newest like it', async () => {
  const first = await open('first');
  expect(first.job.caches).toEqual([{ key: expect.stringMatching(/^deps-[0-9a-f]{16}$/), paths: ['deps', '~/.deps'] }]);
  expect(await begin(first)).toBeNull();
  expect(await save(first, 'good')).toBe(200);
  // Not its own, either.
  expect(await begin(first)).toBeNull();
  await hived.exit(first.job.run, 0);
  const second = await open('second');
  expect(await begin(second)).toBeNull();
  await merge(first.number);
  await until('it counts', async () => (await begin(second)) !== null);
  expect(await begin(second)).toBe('good (exact)');
  expect(await save(second, 'other')).toBe(409);
  await hived.exit(second.job.run, 0);
  const { caches } = await rig.operator.call('listCheckCaches', app);
  expect(caches).toMatchObject([{ branch: 'main', key: first.job.caches[0]?.key, bytes: 4, counts: true }]);
  const third = await open('third', { 'deps.lock': '2\n' });
  expect(third.job.caches[0]?.key).not.toBe(first.job.caches[0]?.key);
  expect(await begin(third)).toBe('good (similar)');
  expect(await save(third, 'newer')).toBe(200);
  await hived.exit(third.job.run, 0);
  // The operator deletes one, and then the rest.
  const wanted = { ...app, cache: caches[0]!.id };
  expect(await rig.operator.call('removeCheckCaches', wanted)).toEqual({ removed: 1 });
  await expect(rig.operator.call('removeCheckCaches', wanted)).rejects.toMatchObject({ code: 'not_found' });
  const fourth = await open('fourth');
  expect(await begin(fourth)).toBeNull();
  await hived.exit(fourth.job.run, 1);
  expect(await rig.operator.call('removeCheckCaches', app)).toEqual({ removed: 1 });
  await expect(ask('GET', third.socketPath)).rejects.toThrow();
});

/**
 * Vulnerability: a pull request saves what the checks of main, or of others, begin with. Scenario: it is never merged; its
 * run fails; it is merged into a branch of the attacker's own at the same commit as main; it is closed and its head pushed
 * elsewhere; a cache that its check does not declare; another repository.
 * Verified: no other run begins with it.
 */
test('nothing that a pull request saves is read by others before exactly that was merged into their branch', async () => {
  const victim = async (name: string) => {
    const run = await open(name);
    const found = await begin(run);
    await hived.exit(run.job.run, 1);
    return found;
  };
  const closed = await open('closed');
  await save(closed, 'evil');
  await hived.exit(closed.job.run, 0);
  await rig.agent(CODER).call('editPull', { ...app, number: closed.number, state: 'closed' });
  expect(await victim('v1')).toBeNull();

  // A branch of its own at the commit of main: the same file of checks, and the same keys.
  await push('mine', {}, 'main~0');
  await rig.git('-C', work, 'push', '-q', '-f', `${rig.urlOf(CODER)}/web/${app.name}.git`, 'main:refs/heads/mine');
  const own = await open('own', {}, 'mine');
  expect(own.job.caches[0]?.key).toBe(closed.job.caches[0]?.key);
  await save(own, 'evil');
  await hived.exit(own.job.run, 0);
  // A push of the head into the base merges it.
  await rig.git('-C', work, 'push', '-q', `${rig.urlOf(CODER)}/web/${app.name}.git`, 'own:refs/heads/mine');
  const stateOf = async (number: number) => (await rig.operator.call('describePull', { ...app, number })).pull.state;
  await until('it is merged', async () => (await stateOf(own.number)) === 'merged');
  const again = await open('again', {}, 'mine');
  await until('it counts for its own branch', async () => (await begin(again)) === 'evil (exact)');
  await hived.exit(again.job.run, 0);
  expect(await victim('v2')).toBeNull();

  // Its run failed, and the operator merges it all the same, by a push.
  const failed = await open('failed');
  await save(failed, 'evil');
  await hived.exit(failed.job.run, 1);
  await rig.operator.call('setRule', { ...app, pattern: 'main', approvals: 0, direct: 'merge' });
  await rig.git('-C', work, 'push', '-q', `${rig.urlOf('operator')}/web/${app.name}.git`, 'failed:refs/heads/main');
  await until('it is merged', async () => (await stateOf(failed.number)) === 'merged');
  const undeclared = await open('undeclared');
  for (const at of ['1', '99', 'x', '..%2f0', '-1'])
    expect([at, (await ask('PUT', undeclared.socketPath, { at, body: 'evil' })).status]).toEqual([at, 404]);
  expect(await save(undeclared, 'x'.repeat(1_001))).toBe(413);
  await hived.exit(undeclared.job.run, 0);
  expect(await victim('v3')).toBeNull();
});

test('through the merge queue, what counts is what the queue tested and merged', async () => {
  await rig.operator.call('setRule', { ...app, pattern: 'main', approvals: 0, direct: 'nobody', queue: true });
  // Its own run passes without saving anything.
  const own = await open('queued');
  await hived.exit(own.job.run, 0);
  await merge(own.number);
  const tested = await claim();
  expect(await save(tested, 'of the queue')).toBe(200);
  const other = await open('other');
  expect(await begin(other)).toBeNull();
  await hived.exit(tested.job.run, 0);
  await until('it counts', async () => (await begin(other)) !== null);
  expect(await begin(other)).toBe('of the queue (exact)');
  // Another repository has its own.
  await hived.exit(other.job.run, 1);
  const before = app;
  count += 1;
  app = { owner: web, name: `app${count}` as RepoName };
  work = await rig.makeWork(`work${count}`, { 'deps.lock': '1\n' });
  await push('main', { '.hive/checks.yaml': CHECKS });
  const stranger = await open('stranger');
  expect(await begin(stranger)).toBeNull();
  await hived.exit(stranger.job.run, 1);
  app = before;
});

test('the room of caches is limited, and files go with their rows', async () => {
  const running = [];
  for (const head of ['one', 'two', 'three']) {
    const run = await open(head);
    expect(await save(run, head.repeat(200))).toBe(200);
    await hived.exit(run.job.run, 0);
    running.push(run);
  }
  // Those that wait have 1,500 bytes: the oldest has gone for newer ones.
  for (const { number } of running.slice(0, 1)) await merge(number);
  const last = await open('last');
  expect(await begin(last)).toBeNull();
  await hived.exit(last.job.run, 1);
  for (let at = 1; at <= count; at += 1)
    await rig.operator.call('removeRepo', { owner: web, name: `app${at}` as RepoName, purge: `web/app${at}` });
  await rig.restart();
  hived = holdChecks(rig);
  await until('the files are gone', async () => (await files()) === 0);
});

/** What boxes of checks hand over: files that are kept, and reports of tests. Anything in a box may ask. */
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { HAND_OVER_PATHS } from '../protocol/check-places.ts';
import type { ProjectName, RepoName } from '../protocol/names.ts';
import type { CheckJob } from '../protocol/schemas/check.ts';
import { CODER, type ForgeRig, SCOUT, startRig } from './testing/forge-rig.ts';
import { until } from './testing/until.ts';
import { holdChecks, socketIn, type TestHolder } from './testing/use-checks.ts';

const web = 'web' as ProjectName;
let rig: ForgeRig;
let hived: TestHolder;
let count = 0;
let app: { owner: ProjectName; name: RepoName };
let job: CheckJob;
let socketPath: string;

beforeAll(async () => {
  rig = await startRig({
    maxArtifacts: 3,
    maxArtifactBytes: 1_000,
    maxRunArtifactBytes: 1_500,
    allArtifactBytes: 2_000,
    maxReports: 3,
    maxReportBytes: 10_000,
    maxRunReportBytes: 10_200,
  });
  hived = holdChecks(rig);
});
afterAll(() => rig.close());

/** A repository with a check, a pull request, and a run that hived has. */
beforeEach(async () => {
  await rig.setProjects({ web: { coder: 'write', scout: 'review' } });
  job = await makeRun();
});

async function makeRun(owner = web): Promise<CheckJob> {
  count += 1;
  app = { owner, name: `app${count}` as RepoName };
  const work = await rig.makeWork(`work${count}`, { 'a.txt': 'one\n' });
  const git = async (...argv: string[]) => expect((await rig.git('-C', work, ...argv)).stderr).toBe('');
  const url = `${rig.urlOf(CODER)}/${owner}/${app.name}.git`;
  await mkdir(join(work, '.hive'));
  const checks = 'checks:\n  - {name: unit, command: make test, artifacts: [dist], reports: ["*.xml"]}\n';
  await writeFile(join(work, '.hive/checks.yaml'), checks);
  await git('add', '-A');
  await git('commit', '-q', '-m', 'checks');
  await git('push', '-q', url, 'main');
  await writeFile(join(work, 'a.txt'), 'two\n');
  await git('commit', '-q', '-a', '-m', 'fix');
  await git('push', '-q', url, 'main:fix');
  await rig.agent(CODER).call('openPull', { ...app, head: 'fix', title: 'Fix' });
  return claim();
}

async function claim(): Promise<CheckJob> {
  const claimed = await hived.claim();
  if (claimed === null) throw new Error('no run of a check waits');
  socketPath = socketIn(rig, claimed.run);
  expect(await hived.report(claimed.run, '', socketPath)).toBe(true);
  return claimed;
}

/** As a box does it; `length`: what is announced. */
function put(
  path: string,
  body: string | Buffer,
  { length = Buffer.byteLength(body), socket = socketPath, leaves = true } = {},
) {
  return new Promise<{ status: number; message: string }>((resolve, reject) => {
    const headers = { 'content-type': 'application/octet-stream', 'content-length': String(length) };
    const call = request({ socketPath: socket, method: 'PUT', path, headers, agent: false }, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (part: string) => (text += part));
      answer.once('end', () => {
        const message = (JSON.parse(text) as { error?: { message: string } }).error?.message ?? '';
        resolve({ status: answer.statusCode ?? 0, message });
      });
    });
    call.once('error', reject);
    call.write(body);
    // One that has announced more goes away in the middle.
    if (length === Buffer.byteLength(body)) call.end();
    else if (leaves) call.destroy(new Error('left'));
  });
}
const keep = (name: string, body: string | Buffer = 'x') =>
  put(`${HAND_OVER_PATHS.artifact}?name=${encodeURIComponent(name)}`, body);
const report = (body: string) => put(HAND_OVER_PATHS.report, body);
const describe = (run = job.run) => rig.agent(SCOUT).call('describeCheck', { ...app, run });
const names = async () => (await describe()).artifacts.map(({ name }) => name);
const files = () => readdir(join(rig.dir, 'root', 'artifacts'));
const read = (artifact: number, more: object = {}) =>
  rig.agent(SCOUT).call('readCheckArtifact', { ...app, run: job.run, artifact, ...more });

test('files are kept with the run, and read by those who read its repository alone', async () => {
  expect([job.artifacts, job.reports]).toEqual([['dist'], ['*.xml']]);
  expect((await keep('dist/page.html', '<script>alert(1)</script>')).status).toBe(200);
  expect((await keep('dist/empty', '')).status).toBe(200);
  await hived.exit(job.run, 1);
  const { artifacts } = await describe();
  expect(artifacts.map(({ name, bytes }) => [name, bytes])).toEqual([
    ['dist/page.html', 25],
    ['dist/empty', 0],
  ]);
  const { id } = artifacts[0]!;
  expect(await read(id, { limit: 10 })).toMatchObject({ data: Buffer.from('<script>al').toString('base64'), next: 10 });
  expect(await read(id, { offset: 10 })).toMatchObject({
    data: Buffer.from('ert(1)</script>').toString('base64'),
    next: null,
  });
  const path = `/api/v1/repos/web/${app.name}/checks/${job.run}/artifacts`;
  const answer = await fetch(`${rig.urlOf(SCOUT)}${path}/${id}`);
  expect([answer.status, await answer.text()]).toEqual([200, '<script>alert(1)</script>']);
  // A browser shows and runs nothing of it.
  expect(Object.fromEntries(answer.headers)).toMatchObject({
    'content-type': 'application/octet-stream',
    'content-disposition': "attachment; filename*=UTF-8''page.html",
    'x-content-type-options': 'nosniff',
    'content-security-policy': "default-src 'none'; sandbox",
  });
  expect((await fetch(`${rig.urlOf(SCOUT)}${path}/999999`)).status).toBe(404);
  await expect(read(id, { run: job.run + 1 })).rejects.toMatchObject({ code: 'not_found' });
  await rig.setProjects({ web: { coder: 'write' } });
  expect((await fetch(`${rig.urlOf(SCOUT)}${path}/${id}`)).status).toBe(404);
  await expect(read(id)).rejects.toMatchObject({ code: 'unknown_repo' });
});

/**
 * Vulnerability: a check runs what the author of a pull request wrote, and may send anything to the forge. Scenario: names
 * that lead elsewhere, more than fits, less than was announced, without a length, two at once, and after its end.
 * Verified: each is refused, no file has another name than an id, and what was refused takes no room.
 */
test('a hostile box writes nothing but bounded files under ids of the forge', async () => {
  const before = await files();
  const escapes = ['../../forge.db', '/etc/passwd', 'a/../../x', 'a//b', '.', '', 'a\nb', 'x'.repeat(256), '..'];
  for (const name of escapes) expect([name, (await keep(name)).status]).toEqual([name, 400]);
  expect((await put(HAND_OVER_PATHS.artifact, 'x')).status).toBe(400);
  expect((await put(`${HAND_OVER_PATHS.artifact}?name=a&name=b`, 'x')).status).toBe(400);
  expect((await keep('large', Buffer.alloc(1_001))).status).toBe(413);
  await expect(put(`${HAND_OVER_PATHS.artifact}?name=cut`, 'x', { length: 900 })).rejects.toThrow('left');
  await until('it is forgotten', async () => (await files()).length === before.length);
  expect((await keep('a', Buffer.alloc(1_000))).status).toBe(200);
  expect(await keep('a')).toMatchObject({ status: 409 });
  expect((await keep('b', Buffer.alloc(501))).status).toBe(413);
  expect((await keep('b', Buffer.alloc(500))).status).toBe(200);
  expect((await keep('c', '')).status).toBe(200);
  expect(await keep('d', '')).toMatchObject({ status: 409 });
  expect(await names()).toEqual(['a', 'b', 'c']);
  expect((await files()).filter((name) => !before.includes(name) && !/^\d+$/.test(name))).toEqual([]);
  for (const [method, path] of [
    ['GET', HAND_OVER_PATHS.artifact],
    ['POST', HAND_OVER_PATHS.report],
    ['PUT', '/check/other'],
  ]) {
    const answered = await new Promise<number>((resolve, reject) => {
      request({ socketPath, method, path, agent: false }, (answer) => resolve(answer.resume().statusCode ?? 0))
        .once('error', reject)
        .end();
    });
    expect([path, answered]).toEqual([path, 404]);
  }
  const before2 = socketPath;
  await hived.exit(job.run, 0);
  await expect(put(`${HAND_OVER_PATHS.artifact}?name=late`, 'x', { socket: before2 })).rejects.toThrow();
});

test('all together have limited room: for new ones the oldest go of the owner who has most', async () => {
  const first = { app, run: job.run };
  await keep('one', Buffer.alloc(700));
  await keep('two', Buffer.alloc(700));
  await hived.exit(job.run, 0);
  job = await makeRun(CODER as never);
  // There were 2,000 bytes in all; those of earlier tests went first.
  await keep('three', Buffer.alloc(1_000));
  const left = await rig.operator.call('describeCheck', { ...first.app, run: first.run });
  expect(left.artifacts.map(({ name }) => name)).toEqual(['two']);
  expect((await rig.operator.call('describeCheck', { ...app, run: job.run })).artifacts).toHaveLength(1);
  // An agent's own repository is nobody else's.
  await expect(rig.agent(SCOUT).call('readCheckArtifact', { ...app, run: job.run, artifact: 1 })).rejects.toMatchObject(
    { code: 'unknown_repo' },
  );
  await hived.exit(job.run, 0);
  await rig.operator.call('removeRepo', { ...app, purge: `coder/${app.name}` });
  await rig.restart();
  hived = holdChecks(rig);
  await until('the files of rows that are gone are deleted', async () => (await files()).length === 1);
});

test('a forge that ends while a file comes keeps nothing of it, and takes it again', async () => {
  const before = await files();
  const half = put(`${HAND_OVER_PATHS.artifact}?name=a`, 'x', { length: 900, leaves: false }).then(
    () => 'taken',
    () => 'cut',
  );
  await until('its file is there', async () => (await files()).some((name) => !before.includes(name)));
  // One that nobody knows, as a kill leaves it.
  await rig.restart(() => writeFile(join(rig.dir, 'root', 'artifacts', '999999'), 'left'));
  expect(await half).toBe('cut');
  await rig.setProjects({ web: { coder: 'write', scout: 'review' } });
  expect(await names()).toEqual([]);
  await until('what is left is deleted', async () => !(await files()).includes('999999'));
  expect(await hived.report(job.run, '', socketPath)).toBe(true);
  expect((await keep('a', 'whole')).status).toBe(200);
  await hived.exit(job.run, 0);
  expect((await describe()).artifacts).toMatchObject([{ name: 'a', bytes: 5 }]);
});

test('reports of tests give counts and the first failing lines; the verdict stays that of the box', async () => {
  const junit = `<testsuite><testcase name="adds"/><testcase name="divides" file="a.txt" line="3">
    <failure message="expected 1"/></testcase><testcase name="later"><skipped/></testcase></testsuite>`;
  expect((await report(junit)).status).toBe(200);
  expect((await report('not ok 1 - is TAP\nok 2\n1..2\n')).status).toBe(200);
  const lol = '<!DOCTYPE x [<!ENTITY a "lol">]><testsuite>&a;</testsuite>';
  expect(await report(lol)).toEqual({
    status: 400,
    message: 'This report cannot be read: it declares a document type.',
  });
  expect((await report('ok 1')).status).toBe(409);
  expect((await put(HAND_OVER_PATHS.report, Buffer.alloc(10_001))).status).toBe(413);
  await hived.report(job.run, 'much output\n::error file=b.txt,line=1::said by the check itself\n');
  await hived.exit(job.run, 1);
  const { run, notes } = await describe();
  expect(run).toMatchObject({ state: 'failed', tests: { passed: 2, failed: 2, skipped: 1 } });
  expect(notes.map(({ path, line, message }) => [path, line, message])).toEqual([
    ['a.txt', 3, 'divides: expected 1'],
    [null, null, 'is TAP'],
    ['b.txt', 1, 'said by the check itself'],
  ]);
  const mail = (await rig.facts()).find(
    ({ repo, kind }) => repo === `web/${app.name}` && kind === 'forge.checks_ended',
  );
  expect(JSON.stringify(mail?.mail)).toContain('a.txt:3: divides: expected 1\\nis TAP');
  // Failed tests of a box that ended well change nothing, and a run that begins anew has nothing of the one before.
  await rig.agent(CODER).call('retryCheck', { ...app, run: job.run });
  job = await claim();
  await keep('dist/x');
  await report('not ok 1\n');
  expect((await report(`ok\n${'#'.repeat(9_000)}`)).status).toBe(200);
  expect(await report(`ok\n${'#'.repeat(2_000)}`)).toMatchObject({ status: 413 });
  await hived.end(job.run, { kind: 'returned' });
  const again = await claim();
  expect(again.run).toBe(job.run);
  expect(await describe()).toMatchObject({ artifacts: [], notes: [], run: { tests: null } });
  await report('not ok 1\n');
  await hived.exit(job.run, 0);
  expect((await describe()).run).toMatchObject({ state: 'passed', tests: { failed: 1 } });
});

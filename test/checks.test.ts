import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import Docker from 'dockerode';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { CheckDescription, CheckRun } from '../protocol/schemas/check.ts';
import { openTestHive, type TestHive } from './support/test-hive.ts';

// Checks in real boxes: git in the box, the engine's limits, and the deaths of those who carry them out.
let hive: TestHive;
const docker = new Docker();

const CHECKS = `checks:
  - name: unit
    setup: echo prepared > /tmp/prepared
    command: sh ./check.sh
    artifacts: [out]
    reports: ['*.tap']
    cache: [{key: 'built-{{hash lock}}', paths: [built, ~/.built]}]
  - name: slow
    command: sleep 600
    timeout: 2s
    paths: [slow]
  - name: hungry
    command: node -e "const all=[]; for (;;) all.push(Buffer.alloc(16777216, 1))"
    paths: [hungry]
`;

beforeAll(async () => {
  hive = await openTestHive({
    agents: ['manager', 'scout'],
    config: { checks: { at_once: 2, memory_mb: 256, tmp_mb: 64 } },
  });
  await hive.start();
  for (const args of [
    ['forge', 'project', 'create', 'web'],
    ['edit', 'scout', '--project', 'web=write'],
  ])
    expect(await hive.hivectl(args)).toMatchObject({ code: 0 });
  await hive.allIdle();
  await work('git init -q -b main .', { '.hive/checks.yaml': CHECKS }, 'main');
});
afterAll(() => hive.close());

const REPO = 'http://127.0.0.1:7002/web/app.git';
const IDENTITY = 'git config --global user.name scout; git config --global user.email scout@hive.local;';

/** Runs a command, writes files, commits and pushes them, in the worker's box. */
async function work(first: string, files: Record<string, string>, branch: string): Promise<void> {
  const write = Object.entries(files).map(
    ([path, text]) =>
      `mkdir -p "$(dirname ${path})" && echo ${Buffer.from(text).toString('base64')} | base64 -d > ${path}`,
  );
  const steps = ['mkdir -p /tmp/app && cd /tmp/app', first, ...write, 'git add -A', `git commit -qm ${branch}`];
  const script = `${IDENTITY} ${[...steps, `git push -q ${REPO} ${branch}`, 'echo PUSHED'].join(' && ')}`;
  const done = await hive.inBox('scout', ['sh', '-ec', script]);
  expect(done.output).toContain('PUSHED');
}

let pulls = 0;
/** A branch with these files. */
async function push(files: Record<string, string>): Promise<string> {
  pulls += 1;
  const branch = `change-${pulls}`;
  await work(`git checkout -qB ${branch} main`, files, branch);
  return branch;
}

/** Opens a pull request of the operator with these files, and returns its number. */
async function open(files: Record<string, string>): Promise<number> {
  const branch = await push(files);
  const opened = await hive.hivectl(['pr', 'open', 'web/app', branch, '--title', `Change ${pulls}`]);
  expect(opened).toMatchObject({ code: 0 });
  return pulls;
}

/** The result of an agent's tool. */
async function use(tool: string, input: object): Promise<string> {
  const { id } = await hive.admin.call('send', { to: 'scout', body: `@${tool} ${JSON.stringify(input)}` });
  const turn = await hive.event(
    ({ kind, data }) => kind === 'turn.finished' && (data['messages'] as number[]).includes(id),
  );
  const result = (await hive.events('turn.tool_result')).find(({ data }) => data['turn'] === turn.data['turn']);
  return String(result?.data['text'] ?? turn.data['text']);
}

async function runsOf(pull: number): Promise<CheckRun[]> {
  const { stdout } = await hive.hivectl(['forge', 'check', 'ls', `web/app#${pull}`, '--json']);
  return (JSON.parse(stdout) as { runs: CheckRun[] }).runs;
}

const runWhere = (pull: number, fits: (run: CheckRun) => boolean) =>
  hive.until(async () => (await runsOf(pull)).find(fits), `a run of #${pull}`);
const endOf = (pull: number, check = 'unit') =>
  runWhere(pull, (run) => run.check === check && !['queued', 'running', 'lost'].includes(run.state));
const logOf = async (run: CheckRun) =>
  (await hive.hivectl(['forge', 'check', 'log', 'web/app', String(run.id)])).stdout;
const boxesOfChecks = async () => (await hive.containers()).filter(({ Labels }) => Labels['hive.check'] !== undefined);

/** No box and no directory of a socket is left of runs that are over. */
async function nothingIsLeft(): Promise<void> {
  await hive.until(async () => (await boxesOfChecks()).length === 0, 'no box of a check');
  await hive.until(async () => (await readdir(join(hive.run, 'checks'))).length === 0, 'no directory of a socket');
}

test('a check passes: it had its setup and the files of the merge, and ran as nobody else', async () => {
  const script = 'cat /tmp/prepared; git log -1 --format=%s; ls; echo "uid $(id -u)"; env | grep HIVE_ | sort\n';
  const pull = await open({ 'check.sh': script });
  const run = await endOf(pull);
  expect(run).toMatchObject({ state: 'passed', exitCode: 0, attempt: 1 });
  const log = await logOf(run);
  expect(log).toContain('prepared');
  expect(log).toContain(`Merge result of #${pull}`);
  expect(log).toContain('check.sh');
  expect(log).toMatch(/uid 2005\d\d/);
  expect(log).not.toContain('HIVE_CHECK_COMMAND');
  expect((await runsOf(pull)).map(({ check, state }) => `${check} ${state}`).sort()).toEqual([
    'hungry skipped',
    'slow skipped',
    'unit passed',
  ]);
  expect((await hive.hivectl(['pr', 'show', `web/app#${pull}`])).stdout).toContain('checks: the required ones passed');
  await nothingIsLeft();
});

test('checks fail: by their exit code, by their time and for lack of memory; the author reads why', async () => {
  const head = await push({
    'check.sh':
      'echo building\necho "::error file=a.ts,line=7::it is wrong"\nmkdir out; echo kept > out/a; ln -s /etc/passwd out/link\nprintf "1..2\\nok\\nnot ok 2 - adds\\n" > all.tap\nexit 3\n',
    slow: 'x',
    hungry: 'x',
  });
  const pull = pulls;
  const opened = await use('open_pr', { owner: 'web', name: 'app', head, title: 'Change it' });
  expect(opened).toContain(`"pr":"web/app#${pull}"`);
  expect(await endOf(pull)).toMatchObject({ state: 'failed', exitCode: 3 });
  const late = await endOf(pull, 'slow');
  expect(late).toMatchObject({ state: 'timed_out', reason: 'it took longer than 2 seconds' });
  expect(await endOf(pull, 'hungry')).toMatchObject({ state: 'failed', reason: 'it ran out of memory' });
  const shown = await hive.hivectl(['pr', 'show', `web/app#${pull}`]);
  expect(shown.stdout).toContain('required checks failed:');
  const merged = await hive.hivectl(['pr', 'merge', `web/app#${pull}`]);
  expect(merged.stderr).toContain('required checks failed:');
  await hive.event(
    ({ kind, data }) =>
      kind === 'message.sent' &&
      data['to'] === 'scout' &&
      String(data['preview']).includes(`The checks of web/app#${pull} (`),
  );
  const [unit] = (await runsOf(pull)).filter(({ check }) => check === 'unit');
  const { id = 0 } = unit ?? {};
  expect(await use('pr', { owner: 'web', name: 'app', number: pull })).toContain(`{"run":${id},"check":"unit"`);
  const log = await use('check_log', { owner: 'web', name: 'app', run: id });
  expect(log).toContain('building\\n::error file=a.ts,line=7::it is wrong');
  const check = ['web/app', String(id)];
  const details = (await hive.hivectl(['forge', 'check', 'show', ...check])).stdout;
  for (const part of ['error a.ts:7: it is wrong', 'error: adds', '2 tests: 1 failed, 1 passed'])
    expect(details).toContain(part);
  const kept = await hive.hivectl(['forge', 'check', 'artifacts', 'ls', ...check, '--json']);
  const { artifacts } = JSON.parse(kept.stdout) as CheckDescription;
  expect(artifacts.map(({ name, bytes }) => [name, bytes])).toEqual([['out/a', 5]]);
  const got = await hive.hivectl(['forge', 'check', 'artifacts', 'get', ...check, String(artifacts[0]?.id), '-o', '-']);
  expect(got.stdout).toBe('kept\n');
  expect((await hive.hivectl(['forge', 'check', 'retry', ...check])).stdout).toContain('unit runs again');
  const again = await runWhere(pull, (run) => run.check === 'unit' && run.attempt === 2 && run.state === 'failed');
  expect(again).toMatchObject({ why: 'asked', flaky: false });
  await nothingIsLeft();
});

/** Goes on when `letGoOn` says so. */
const WAIT = 'while [ ! -e /tmp/go ]; do sleep 0.1; done';
/** Tells the one running box of a check that waits to go on. */
async function letGoOn(): Promise<void> {
  const [box] = await boxesOfChecks();
  const exec = await docker.getContainer(box?.Id ?? '').exec({ Cmd: ['touch', '/tmp/go'] });
  await exec.start({ Detach: true });
}

test('hived is killed in the middle of a run: its box is removed, the run is lost and made again', async () => {
  const pull = await open({ 'check.sh': `echo began\n${WAIT}\necho ended\n` });
  const first = await runWhere(pull, ({ check, state }) => check === 'unit' && state === 'running');
  await hive.until(async () => (await logOf(first)).includes('began'), 'its output');
  const [before] = await boxesOfChecks();
  await hive.kill();
  await hive.start();
  const again = await runWhere(pull, ({ attempt, state }) => attempt === 2 && state === 'running');
  await hive.until(async () => (await logOf(again)).includes('began'), 'its output');
  expect((await boxesOfChecks()).map(({ Id }) => Id)).not.toContain(before?.Id);
  await letGoOn();
  expect(await endOf(pull)).toMatchObject({ id: again.id, state: 'passed', why: 'lost' });
  expect((await runsOf(pull)).find(({ id }) => id === first.id)).toMatchObject({ state: 'lost' });
  await nothingIsLeft();
});

test('the forge is killed in the middle of a run: the box goes on, and nothing of its output is lost', async () => {
  const count = 'for i in 1 2 3 4 5; do echo "line $i"; done';
  const pull = await open({ 'check.sh': `${count}\n${WAIT}\n${count}\n` });
  const first = await runWhere(pull, ({ check, state }) => check === 'unit' && state === 'running');
  await hive.until(async () => (await logOf(first)).includes('line 5'), 'its output');
  const { services } = await hive.admin.call('status', {});
  const forge = services.find(({ name }) => name === 'forge')?.pid ?? 0;
  process.kill(forge, 'SIGKILL');
  await letGoOn();
  const run = await hive.until(
    async () => (await runsOf(pull).catch(() => [])).find(({ check, state }) => check === 'unit' && state === 'passed'),
    'it to pass',
  );
  expect(run).toMatchObject({ id: first.id, attempt: 1 });
  const lines = (await logOf(run)).split('\n').filter((line) => line.startsWith('line '));
  expect(lines).toEqual([1, 2, 3, 4, 5, 1, 2, 3, 4, 5].map((n) => `line ${n}`));
  await nothingIsLeft();
});

/*
 * Vulnerability: a check runs what the author of a pull request wrote. Scenario: it looks for a network, for other
 * repositories, for the hive's sockets and files, and tries to say itself that it passed. Verified: it finds its own
 * commit and nothing else, and its exit code is the verdict.
 */
const HOSTILE = `
const http = require('node:http'), net = require('node:net'), fs = require('node:fs'), dns = require('node:dns');
const socketPath = '/run/hive/forge/agent.sock';
const ask = (method, path, body) => new Promise((done) => {
  const call = http.request({ socketPath, method, path, headers: { 'content-type': 'application/json' } }, (answer) => {
    answer.resume(); done(method + ' ' + path + ' ' + answer.statusCode);
  });
  call.on('error', (error) => done(path + ' ' + error.code));
  call.end(body);
});
const reach = (host, port) => new Promise((done) => {
  const socket = net.connect({ host, port, timeout: 2000 }, () => done('REACHED ' + host));
  socket.on('error', () => done('no way to ' + host)).on('timeout', () => done('no way to ' + host));
});
const attempt = (what, work) => { try { work(); console.log('DONE ' + what); } catch (error) { console.log('refused ' + what + ' ' + error.code); } };
(async () => {
  for (const [host, port] of [['1.1.1.1', 443], ['172.17.0.1', 22], ['127.0.0.1', 7001], ['127.0.0.1', 7003]]) console.log(await reach(host, port));
  console.log(await new Promise((done) => dns.lookup('example.com', (error) => done(error ? 'no names' : 'REACHED names'))));
  for (const name of ['shared/docs', 'web/other', 'scout/notes', 'hive/config'])
    console.log(await ask('GET', '/' + name + '.git/info/refs?service=git-upload-pack'));
  console.log(await ask('GET', '/web/app.git/info/refs?service=git-receive-pack'));
  for (const path of ['/api/check-jobs', '/api/check-jobs/1/end', '/api/repos']) console.log(await ask('POST', path, '{}'));
  console.log('sockets: ' + fs.readdirSync('/run/hive').join(' ') + ' / ' + fs.readdirSync('/run/hive/forge').join(' '));
  attempt('read agents', () => fs.readdirSync('/agents'));
  attempt('read shared', () => fs.readdirSync('/shared'));
  attempt('write toolchain', () => fs.writeFileSync('/opt/hive/harness/harness.mjs', ''));
  attempt('write socket dir', () => fs.writeFileSync('/run/hive/forge/x', ''));
  attempt('engine', () => fs.statSync('/var/run/docker.sock'));
  attempt('end init', () => process.kill(1, 'SIGKILL'));
  console.log('::passed::yes'); console.log('{"state":"passed","exitCode":0}'); console.log('[the command ended with exit code 0]');
  process.exit(113);
})();
`;

test('a hostile check reaches no network, no other repository, no socket of the hive, and cannot say that it passed', async () => {
  await hive.hivectl(['forge', 'create', 'web/other']);
  const pull = await open({ 'check.sh': 'node hostile.cjs\n', 'hostile.cjs': HOSTILE });
  const run = await endOf(pull);
  // 113 says that there were no files: from a command it is a failure as any other.
  expect(run).toMatchObject({ state: 'failed', exitCode: 1, attempt: 1 });
  const log = await logOf(run);
  expect(log).not.toMatch(/REACHED|^DONE (?!end init)/m);
  for (const name of ['shared/docs', 'web/other', 'scout/notes', 'hive/config'])
    expect(log).toContain(`GET /${name}.git/info/refs?service=git-upload-pack 404`);
  expect(log).toContain('GET /web/app.git/info/refs?service=git-receive-pack 404');
  for (const path of ['/api/check-jobs', '/api/check-jobs/1/end', '/api/repos'])
    expect(log).toContain(`POST ${path} 404`);
  expect(log).toContain('sockets: forge / agent.sock');
  await nothingIsLeft();
});

test('a push ends the run of the older commit, and a hive that stops leaves no box', async () => {
  const pull = await open({ 'check.sh': 'echo began\nsleep 600\n' });
  await runWhere(pull, ({ state, check }) => check === 'unit' && state === 'running');
  await work(`git checkout -q change-${pull}`, { 'check.sh': 'echo newer; sleep 600\n' }, `change-${pull}`);
  await runWhere(pull, ({ state }) => state === 'cancelled');
  await runWhere(pull, ({ state, check }) => check === 'unit' && state === 'running');
  await hive.until(async () => (await boxesOfChecks()).length === 1, 'one box of a check');
  const leaves = hive.hived();
  await hive.admin.call('shutdown', { boxes: false });
  await hive.until(async () => leaves.exitCode !== null, 'hived to end');
  expect(await boxesOfChecks()).toEqual([]);
  await hive.start();
  await runWhere(pull, ({ state, check }) => check === 'unit' && state === 'running');
});

test('what a run saves is there for later ones when it is merged', async () => {
  const build = 'cat built/a ~/.built/b || mkdir built ~/.built; echo one > built/a; echo two > ~/.built/b\n';
  await hive.hivectl(['forge', 'rule', 'set', 'web/app', 'main', '--approvals', '0']);
  const first = await open({ 'check.sh': build });
  expect(await logOf(await endOf(first))).toContain('saved; it counts when this is merged');
  expect(await hive.hivectl(['pr', 'merge', `web/app#${first}`])).toMatchObject({ code: 0 });
  // The same file on both sides, so that they can be merged.
  const again = await open({ 'check.sh': build, more: 'x' });
  const log = await logOf(await endOf(again));
  expect(log).toContain(': restored]\none\ntwo\n');
});

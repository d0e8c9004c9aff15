import { type ChildProcessWithoutNullStreams, execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import type { RepoName } from '../protocol/names.ts';
import { forgeAgentSurface } from '../protocol/operations/repos.ts';
import { forgeSurface } from '../protocol/operations/services.ts';
import { connectSurface } from '../wire/client.ts';
import { bundleForge, sayTo, startForgeProcess } from './testing/forge-process.ts';
import { until } from './testing/until.ts';
import { UNFINISHED_PUSH } from './testing/push-head.ts';
import { gitGroupsIn } from './testing/processes.ts';
import { exists } from '../system/exists.ts';

const git = promisify(execFile);
let bundle: string;
let dir: string;
let child: ChildProcessWithoutNullStreams;

beforeAll(async () => {
  const built = await bundleForge();
  bundle = built.path;
  return built.remove;
});

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'forge-main-'));
  await mkdir(join(dir, 'agents/coder/forge'), { recursive: true });
  child = await startProcess();
});
afterEach(async () => {
  child.kill('SIGKILL');
  await rm(dir, { recursive: true, force: true });
});

const startProcess = () => startForgeProcess(bundle, dir, [{ name: 'coder', isManager: false }]);
const agentSocket = () => join(dir, 'agents/coder/forge/agent.sock');

function ended(process: ChildProcessWithoutNullStreams): Promise<number | null> {
  return new Promise((resolve) => process.once('exit', resolve));
}

/** Begins a push into coder/app (created first) whose body stays incomplete. */
async function beginPush(): Promise<{ socket: Socket; finish: () => void; answer: Promise<string> }> {
  const made = connectSurface(forgeAgentSurface, agentSocket());
  await made.call('createRepo', { name: 'app' as RepoName });
  await made.close();
  const socket = connect({ path: agentSocket() });
  socket.on('error', () => undefined);
  socket.write(
    'POST /coder/app/git-receive-pack HTTP/1.1\r\nhost: x\r\nconnection: close\r\n' +
      `content-type: application/x-git-receive-pack-request\r\ncontent-length: ${UNFINISHED_PUSH.length + 4}\r\n\r\n${UNFINISHED_PUSH}`,
  );
  await until('git waits for the rest', async () => (await gitGroupsIn(dir)).length === 1);
  return { socket, finish: () => socket.write('PACK'), answer: readAll(socket) };
}

async function readAll(socket: Socket): Promise<string> {
  let text = '';
  socket.setEncoding('utf8');
  await new Promise<void>((resolve) => {
    socket.on('data', (chunk) => (text += String(chunk))).once('close', resolve);
  });
  return text;
}

test('SIGTERM lets a push finish, then ends with 0 and no socket left', async () => {
  const push = await beginPush();
  const exit = ended(child);
  child.kill('SIGTERM');
  await until('it takes no more', async () => !(await exists(agentSocket())));
  push.finish();
  expect(await push.answer).toMatch(/^HTTP\/1.1 200 /);
  expect(await exit).toBe(0);
  expect(await exists(join(dir, 'forge.sock'))).toBe(false);
});

test('when hived is gone a push may finish, and the sockets of a successor stay', async () => {
  const push = await beginPush();
  const exit = ended(child);
  const successor = await startProcess();
  try {
    child.stdin.end();
    push.finish();
    expect(await push.answer).toMatch(/^HTTP\/1.1 200 /);
    expect(await exit).toBe(0);
    const operator = connectSurface(forgeSurface, join(dir, 'forge.sock'));
    const { repos } = await operator.call('listRepos', {});
    expect(repos.map(({ name }) => name)).toEqual(['app', 'docs']);
    await operator.close();
  } finally {
    successor.kill('SIGKILL');
  }
});

test('kill -9 leaves no git behind, and the next one starts over the old sockets', async () => {
  const push = await beginPush();
  child.kill('SIGKILL');
  await push.answer;
  await until('git ended with its input', async () => (await gitGroupsIn(dir)).length === 0);
  child = await startProcess();
  const operator = connectSurface(forgeSurface, join(dir, 'forge.sock'));
  expect((await operator.call('listFacts', { after: 0 })).facts.map(({ kind }) => kind)).toEqual([
    'forge.repo_created',
    'forge.pushed',
    'forge.repo_created',
    // Its client never received the outcome.
    'forge.push_lost',
  ]);
  await operator.close();
  const refs = await git('git', ['--git-dir', join(dir, 'root/repositories/shared/docs.git'), 'for-each-ref']);
  expect(refs.stdout).toContain('refs/heads/main');
});

test('an invalid control line ends the service with 70', async () => {
  const exit = ended(child);
  sayTo(child, { type: 'agents', agents: [{ name: '../x', isManager: false, socket: '/s' }] });
  expect(await exit).toBe(70);
});

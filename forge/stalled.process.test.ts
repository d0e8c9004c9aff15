/**
 * Vulnerability: transfers that hardly move hold slots and locks for half an hour, and others wait without a reason.
 * Scenario: pushes that send a byte now and then, pushes that stop half way; others push and fetch behind them.
 * Verified: slow clients are cut and release their slots, and hold no lock; waiting clients are shown the reason, and refused with it
 * in the end.
 */
import { spawn } from 'node:child_process';
import { connect, type Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import type { RepoName } from '../protocol/names.ts';
import type { Limits } from './limits.ts';
import { CODER, type ForgeRig, startRig } from './testing/forge-rig.ts';
import { until } from './testing/until.ts';
import { holdRefs } from './testing/hold-refs.ts';
import { gitGroupsIn } from './testing/processes.ts';
import { UNFINISHED_PUSH } from './testing/push-head.ts';

let rig: ForgeRig;
let work: string;
const sockets: Socket[] = [];
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await rig.close();
});

async function start(limits: Partial<Limits>) {
  rig = await startRig(limits);
  work = await rig.makeWork('work', { 'a.txt': 'a\n' });
  for (const name of ['app', 'lib']) await rig.agent(CODER).call('createRepo', { name: name as RepoName });
}
const urlOf = (name: string) => `${rig.urlOf(CODER)}/coder/${name}.git`;

/** A push whose body stays incomplete; resolves when its git runs. */
async function beginPush(name: string): Promise<Socket> {
  const before = (await gitGroupsIn(rig.dir)).length;
  const socket = connect({ path: rig.socketOf(CODER) });
  sockets.push(socket);
  socket.on('error', () => undefined).resume();
  socket.write(
    `POST /coder/${name}.git/git-receive-pack HTTP/1.1\r\nhost: forge\r\n` +
      `content-type: application/x-git-receive-pack-request\r\ncontent-length: 100000\r\n\r\n${UNFINISHED_PUSH}PACK`,
  );
  await until('its git runs', async () => (await gitGroupsIn(rig.dir)).length > before);
  return socket;
}

test('pushes that trickle are cut, and clients that waited behind them go on', async () => {
  await start({
    idleMs: 3_000,
    minBytesPerSecond: 1e6,
    gitProcesses: 2,
    gitProcessesPerCaller: 2,
    gitProcessesReserved: 0,
  });
  const dripping = [await beginPush('app'), await beginPush('lib')];
  const drips = setInterval(() => {
    for (const socket of dripping) if (socket.writable) socket.write('\0');
  }, 50);
  try {
    const behind = rig.git('-C', work, 'push', '-q', urlOf('app'), 'main');
    await until('both are cut', () => dripping.every((socket) => socket.destroyed), 60_000);
    expect(await behind).toMatchObject({ code: 0 });
  } finally {
    clearInterval(drips);
  }
}, 90_000);

test('a push that stalls keeps nobody else from the same repository', async () => {
  await start({});
  await beginPush('app');
  expect(await rig.git('-C', work, 'push', '-q', urlOf('app'), 'main')).toMatchObject({ code: 0 });
  expect((await rig.agent(CODER).call('describeRepo', { owner: CODER, name: 'app' as RepoName })).repo.branches).toBe(
    1,
  );
});

test('a push behind another one is shown the reason, and goes on when that is over', async () => {
  await start({ tellWaitMs: 10 });
  const first = await holdRefs(rig, { owner: CODER, name: 'app' as RepoName });
  const env = { PATH: process.env['PATH'], HOME: rig.dir, GIT_CONFIG_NOSYSTEM: '1', LC_ALL: 'C' };
  const behind = spawn('git', ['-C', work, 'push', urlOf('app'), 'main'], { env, stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  behind.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  const code = new Promise<number | null>((resolve) => behind.once('close', resolve));
  await until('it is told', () => said.includes('remote: Waiting: another push into coder/app is under way.'), 30_000);
  await first.release();
  expect([await code, said]).toEqual([0, expect.stringContaining('main -> main')]);
}, 60_000);

test('a client that waits too long is refused with the reason', async () => {
  await start({ tellWaitMs: 10, maxWaitMs: 300, gitProcessesPerCaller: 2 });
  const first = await holdRefs(rig, { owner: CODER, name: 'app' as RepoName });
  const locked = await rig.git('-C', work, 'push', urlOf('app'), 'main');
  expect(locked.stderr).toMatch(
    /remote: This push is refused: another push into coder\/app is under way; try again later\. *\n/,
  );
  expect(locked.code).not.toBe(0);
  await first.release();
  for (const name of ['app', 'lib']) await beginPush(name);
  const full = await rig.git('ls-remote', urlOf('app'));
  expect(full.stderr).toContain('remote: coder has 2 transfers under way, or all agents together 16; try again later');
  expect((await rig.git('ls-remote', `${rig.urlOf('operator')}/coder/app.git`)).code, 'others go on').toBe(0);
}, 60_000);

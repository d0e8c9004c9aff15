/** The dashboard's process as hived sees it: control line, ready line, exits. hived is a stand-in (fake-hive.ts). */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { errorRow } from '../../protocol/errors.ts';
import { type FakeHive, startFakeHive } from './fake-hive.ts';
import { findFreePort } from '../support/free-port.ts';
import { type RunningDashboard, spawnDashboard, startDashboard } from './start-dashboard.ts';

let dir: string;
let hive: FakeHive;
let dashboard: RunningDashboard;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'hive-dash-'));
  hive = await startFakeHive(dir);
  dashboard = await startDashboard({
    hivedSocket: hive.hivedSocket,
    forgeSocket: hive.forgeSocket,
    port: await findFreePort(),
  });
});

afterEach(async () => {
  await dashboard.stop();
  await hive.close();
  await rm(dir, { recursive: true });
});

/** Follows the event stream; resolves with its text when it ends. */
async function follow(cookie: string): Promise<string> {
  const stream = await fetch(`${dashboard.origin}/api/events/stream`, { headers: { cookie } });
  return stream.text();
}

async function signIn(): Promise<string> {
  const answer = await fetch(`${dashboard.origin}/sign-in?token=${hive.makeLink()}`, { redirect: 'manual' });
  return (answer.headers.get('set-cookie') ?? '').split(';', 1)[0] ?? '';
}

test('a port in use ends the process with its code and names the setting', async () => {
  const second = spawnDashboard({ hivedSocket: 'x', forgeSocket: 'y', port: Number(new URL(dashboard.origin).port) });
  expect(await second.exited).toBe(errorRow('port_in_use').exit);
  expect(second.said()).toMatch(/^port_in_use: .*dashboard\.port/);
});

test('a page that was not built is said at once', async () => {
  const second = spawnDashboard({ hivedSocket: 'x', forgeSocket: 'y', port: 0, webDir: dir });
  expect(await second.exited).toBe(errorRow('setup_failed').exit);
  expect(second.said()).toContain('npm run build');
});

test('SIGTERM with a stream open ends it and exits with 0', async () => {
  const text = follow(await signIn());
  await expect.poll(() => hive.openStreams()).toBe(1);
  expect(await dashboard.stop()).toBe(0);
  expect(await text).toContain(': hive');
});

test('the end of stdin, which is the death of hived, does too, and frees the port at once', async () => {
  const text = follow(await signIn());
  await expect.poll(() => hive.openStreams()).toBe(1);
  dashboard.child.stdin?.end();
  expect(await dashboard.exited).toBe(0);
  await text;
  const port = Number(new URL(dashboard.origin).port);
  dashboard = await startDashboard({ hivedSocket: hive.hivedSocket, forgeSocket: hive.forgeSocket, port });
});

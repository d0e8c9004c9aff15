/** The dashboard process as hived runs it: control line, ready line, exit codes. fake-hive.ts takes the place of hived. */
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

/** Reads the event stream to its end and resolves with its text. */
async function follow(cookie: string): Promise<string> {
  const stream = await fetch(`${dashboard.origin}/api/events/stream`, { headers: { cookie } });
  return stream.text();
}

async function signIn(): Promise<string> {
  const answer = await fetch(`${dashboard.origin}/sign-in?token=${hive.makeLink()}`, { redirect: 'manual' });
  return (answer.headers.get('set-cookie') ?? '').split(';', 1)[0] ?? '';
}

test('a port in use ends the process with the exit code of port_in_use and names the setting', async () => {
  const second = spawnDashboard({ hivedSocket: 'x', forgeSocket: 'y', port: Number(new URL(dashboard.origin).port) });
  expect(await second.exited).toBe(errorRow('port_in_use').exit);
  expect(second.said()).toMatch(/^port_in_use: .*dashboard\.port/);
});

test('the process fails at start when the page was not built', async () => {
  const second = spawnDashboard({ hivedSocket: 'x', forgeSocket: 'y', port: 0, webDir: dir });
  expect(await second.exited).toBe(errorRow('setup_failed').exit);
  expect(second.said()).toContain('npm run build');
});

test('SIGTERM ends an open stream, and the process exits with 0', async () => {
  const text = follow(await signIn());
  await expect.poll(() => hive.openStreams()).toBe(1);
  expect(await dashboard.stop()).toBe(0);
  expect(await text).toContain(': hive');
});

test('the end of stdin (hived died) ends streams and process too, and frees the port at once', async () => {
  const text = follow(await signIn());
  await expect.poll(() => hive.openStreams()).toBe(1);
  dashboard.child.stdin?.end();
  expect(await dashboard.exited).toBe(0);
  await text;
  const port = Number(new URL(dashboard.origin).port);
  dashboard = await startDashboard({ hivedSocket: hive.hivedSocket, forgeSocket: hive.forgeSocket, port });
});

import { randomUUID } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Docker from 'dockerode';
import { afterAll, expect, test } from 'vitest';
import { createDockerRuntime } from '../../host/daemon/runtime/docker/docker-runtime.ts';
import { describeRuntime, planBox } from '../../host/daemon/runtime/runtime-contract.ts';
import { ENGINE_SOCKET, TEST_IMAGE } from './engine-under-test.ts';

const dir = mkdtempSync(join(tmpdir(), 'hive-runtime-'));
afterAll(() => rm(dir, { recursive: true }));

describeRuntime('docker', {
  makeRuntime: (hiveId) => createDockerRuntime({ socketPath: ENGINE_SOCKET, hiveId }),
  image: TEST_IMAGE,
  dir,
});

const plan = planBox({ image: TEST_IMAGE }, 'true');

test('an engine that is not there is unavailable, at once', async () => {
  const runtime = createDockerRuntime({ socketPath: join(dir, 'none.sock'), hiveId: randomUUID() });
  expect(await runtime.ping()).toMatchObject({ ok: false });
  await expect(runtime.create(plan)).rejects.toMatchObject({ code: 'engine_unavailable' });
  await expect(runtime.list()).rejects.toMatchObject({ code: 'engine_unavailable' });
  const reason = await new Promise<string>((onLost) => {
    runtime.watch({ onChange: () => {}, onLost }, new AbortController().signal);
  });
  expect(reason).toContain('does not answer');
});

test('an engine that hangs up in the middle of an answer is unavailable', async () => {
  const path = join(dir, 'hangs-up.sock');
  const server = createServer((socket) => {
    socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n{"half":'));
    socket.on('error', () => {});
  }).listen(path);
  const runtime = createDockerRuntime({ socketPath: path, hiveId: randomUUID() });
  const [ping] = await Promise.all([
    runtime.ping(),
    expect(runtime.list()).rejects.toMatchObject({ code: 'engine_unavailable' }),
    expect(runtime.hasImage('x')).rejects.toMatchObject({ code: 'engine_unavailable' }),
  ]);
  expect(ping).toEqual({ ok: false, reason: 'The container engine did not answer within 3 s.' });
  server.close();
});

test('an engine that takes calls and never answers is unavailable after the deadline', async () => {
  const path = join(dir, 'silent.sock');
  const sockets = new Set<{ destroy(): void }>();
  const server = createServer((socket) => sockets.add(socket)).listen(path);
  const runtime = createDockerRuntime({ socketPath: path, hiveId: randomUUID() });
  const [ping] = await Promise.all([
    runtime.ping(),
    expect(runtime.hasImage('x')).rejects.toMatchObject({ code: 'engine_unavailable' }),
  ]);
  expect(ping).toEqual({ ok: false, reason: 'The container engine did not answer within 3 s.' });
  for (const socket of sockets) socket.destroy();
  server.close();
});

test('directories that a box sees are told from those that the engine does not have; nothing is left behind', async () => {
  const runtime = createDockerRuntime({ socketPath: ENGINE_SOCKET, hiveId: randomUUID() });
  const seen = join(dir, 'seen');
  mkdirSync(seen, { mode: 0o755 });
  chmodSync(dir, 0o755);
  expect(await runtime.findUnseen(TEST_IMAGE, [seen])).toEqual([]);
  const missing = join(dir, 'only-here');
  expect(await runtime.findUnseen(TEST_IMAGE, [seen, missing])).toEqual([
    { path: missing, why: 'the engine does not find it' },
  ]);
  const left = await new Docker({ socketPath: ENGINE_SOCKET }).listContainers({
    all: true,
    filters: { name: ['hive-look-'] },
  });
  expect(left.filter(({ Mounts }) => Mounts.some(({ Source }) => Source === seen))).toEqual([]);
});

import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { createConnection, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Docker from 'dockerode';
import { afterAll, expect, onTestFinished, test } from 'vitest';
import type { AgentName } from '../../protocol/names.ts';
import { createDockerCheckRuntime, createDockerRuntime } from '../../host/daemon/runtime/docker/docker-runtime.ts';
import { describeRuntime, planBox } from '../../host/daemon/runtime/runtime-contract.ts';
import { ENGINE_SOCKET, pathOf, placeAt, TEST_IMAGE } from './engine-under-test.ts';

const dir = mkdtempSync(join(tmpdir(), 'hive-runtime-'));
afterAll(() => rm(dir, { recursive: true }));

describeRuntime('docker', {
  makeRuntime: (hiveId) => createDockerRuntime({ socketPath: ENGINE_SOCKET, hiveId, pathOf }),
  image: TEST_IMAGE,
  dir,
  placeAt,
});

/** The real engine, with a counter of calls by kind. */
async function openCountingEngine() {
  const path = join(dir, `counting-${randomUUID().slice(0, 8)}.sock`);
  const counts = { inspects: 0, lists: 0 };
  const server = createServer((caller) => {
    const engine = createConnection(ENGINE_SOCKET);
    caller.on('data', (chunk: Buffer) => {
      const [line = ''] = chunk.toString('latin1').split('\r\n');
      if (/^GET \S*\/containers\/[0-9a-f]{64}\/json/.test(line)) counts.inspects += 1;
      if (/^GET \S*\/containers\/json/.test(line)) counts.lists += 1;
    });
    for (const socket of [caller, engine]) socket.on('error', () => [caller, engine].forEach((one) => one.destroy()));
    caller.pipe(engine).pipe(caller);
  }).listen(path);
  await once(server, 'listening');
  return { path, counts, close: () => server.close() };
}

test('a list is one call to the engine, and one more, once, for each box that ended', async () => {
  const engine = await openCountingEngine();
  const { counts } = engine;
  const runtime = createDockerRuntime({ socketPath: engine.path, hiveId: randomUUID(), pathOf });
  const inspectsOfList = async () => {
    const before = counts.inspects;
    return { boxes: await runtime.list(), inspects: counts.inspects - before };
  };
  const plans = ['one', 'two', 'three'].map((agent) => ({
    ...planBox({ image: TEST_IMAGE }, 'sleep 600'),
    agent: agent as AgentName,
  }));
  const boxes = await Promise.all(plans.map((each) => runtime.create(each)));
  onTestFinished(async () => {
    for (const box of await runtime.list()) await runtime.destroy(box);
    engine.close();
  });
  for (const box of boxes.slice(0, 2)) await runtime.start(box);
  const before = counts.lists;
  const { boxes: listed, inspects } = await inspectsOfList();
  const states = Object.fromEntries(listed.map(({ agent, state }) => [agent, state]));
  expect(states).toEqual({ one: 'running', two: 'running', three: 'created' });
  expect([counts.lists - before, inspects]).toEqual([1, 0]);

  await new Docker({ socketPath: ENGINE_SOCKET }).getContainer(boxes[1]?.id ?? '').kill({ signal: 'SIGKILL' });
  const endOfTwo = async () => (await runtime.list()).find(({ agent }) => agent === 'two')?.end ?? null;
  const earlier = counts.inspects;
  await expect.poll(endOfTwo).toMatchObject({ exitCode: 137 });
  await endOfTwo();
  expect(counts.inspects - earlier).toBe(1);
});

const plan = planBox({ image: TEST_IMAGE }, 'true');

test('a missing engine is unavailable, at once', async () => {
  const runtime = createDockerRuntime({ socketPath: join(dir, 'none.sock'), hiveId: randomUUID(), pathOf });
  expect(await runtime.ping()).toMatchObject({ ok: false });
  await expect(runtime.create(plan)).rejects.toMatchObject({ code: 'engine_unavailable' });
  await expect(runtime.list()).rejects.toMatchObject({ code: 'engine_unavailable' });
  const reason = await new Promise<string>((onLost) => {
    runtime.watch({ onChange: () => {}, onLost }, new AbortController().signal);
  });
  expect(reason).toContain('does not answer');
});

test('an engine that closes the connection in the middle of an answer is unavailable', async () => {
  const path = join(dir, 'hangs-up.sock');
  const server = createServer((socket) => {
    socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n{"half":'));
    socket.on('error', () => {});
  }).listen(path);
  const runtime = createDockerRuntime({ socketPath: path, hiveId: randomUUID(), pathOf });
  const [ping] = await Promise.all([
    runtime.ping(),
    expect(runtime.list()).rejects.toMatchObject({ code: 'engine_unavailable' }),
    expect(runtime.hasImage('x')).rejects.toMatchObject({ code: 'engine_unavailable' }),
  ]);
  expect(ping).toEqual({ ok: false, reason: 'The container engine did not answer within 3 s.' });
  server.close();
});

test('an engine that accepts calls and never answers is unavailable after the deadline', async () => {
  const path = join(dir, 'silent.sock');
  const sockets = new Set<{ destroy(): void }>();
  const server = createServer((socket) => sockets.add(socket)).listen(path);
  const runtime = createDockerRuntime({ socketPath: path, hiveId: randomUUID(), pathOf });
  const [ping] = await Promise.all([
    runtime.ping(),
    expect(runtime.hasImage('x')).rejects.toMatchObject({ code: 'engine_unavailable' }),
  ]);
  expect(ping).toEqual({ ok: false, reason: 'The container engine did not answer within 3 s.' });
  for (const socket of sockets) socket.destroy();
  server.close();
});

test('directories that a box sees are distinguished from those that the engine does not have; nothing is left behind', async () => {
  const runtime = createDockerRuntime({ socketPath: ENGINE_SOCKET, hiveId: randomUUID(), pathOf });
  const seen = join(dir, 'seen');
  mkdirSync(seen, { mode: 0o755 });
  chmodSync(dir, 0o755);
  expect(await runtime.findUnseen(TEST_IMAGE, [placeAt(seen)])).toEqual([]);
  const missing = join(dir, 'only-here');
  expect(await runtime.findUnseen(TEST_IMAGE, [placeAt(seen), placeAt(missing)])).toEqual([
    { place: placeAt(missing), why: 'the engine does not find it' },
  ]);
  const left = await new Docker({ socketPath: ENGINE_SOCKET }).listContainers({
    all: true,
    filters: { name: ['hive-check-'] },
  });
  expect(left.filter(({ Mounts }) => Mounts.some(({ Source }) => Source === seen))).toEqual([]);
});

test('boxes of agents and of checks do not exist for each other, in one hive with the same numbers', async () => {
  const options = { socketPath: ENGINE_SOCKET, hiveId: randomUUID(), pathOf };
  const [agents, checks] = [createDockerRuntime(options), createDockerCheckRuntime(options)];
  const plan = planBox({ image: TEST_IMAGE }, 'echo here; sleep 600');
  const { agent, generation, ...fields } = plan;
  const [box, check] = [await agents.create(plan), await checks.create({ ...fields, run: generation })];
  onTestFinished(async () => {
    for (const one of await agents.list()) await agents.destroy(one);
    for (const one of await checks.list()) await checks.destroy(one);
  });
  expect((await agents.list()).map(({ id }) => id)).toEqual([box.id]);
  expect((await checks.list()).map(({ id }) => id)).toEqual([check.id]);
  expect(await checks.inspect(check)).toMatchObject({ run: generation, state: 'created' });
  expect(await agents.inspect({ ...box, id: check.id })).toBeNull();
  expect(await checks.inspect({ ...check, id: box.id })).toBeNull();
  expect(await checks.create({ ...fields, run: generation })).toEqual(check);
  const seen: unknown[] = [];
  const watching = new AbortController();
  onTestFinished(() => watching.abort());
  agents.watch({ onChange: (owner) => seen.push(owner), onLost: () => seen.push('lost') }, watching.signal);
  await checks.start(check);
  // The stream does not say when it has begun: the agent's box starts until that is reported.
  await expect
    .poll(
      async () => {
        await agents.stop(box, 0);
        await agents.start(box);
        return seen.length;
      },
      { interval: 500 },
    )
    .toBeGreaterThan(0);
  expect(seen).toContainEqual({ agent, generation });
  expect(seen.every((owner) => JSON.stringify(owner) === JSON.stringify({ agent, generation }))).toBe(true);
});

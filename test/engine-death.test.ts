import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { layOutPrivateEngine, type PrivateEngine } from './box/private-engine.ts';
import { openTestHive, type TestHive } from './support/test-hive.ts';

// Kill -9 of a dockerd of the test's own, under a whole hive that keeps it.
let engine: PrivateEngine;
let hive: TestHive;
beforeAll(async () => {
  engine = await layOutPrivateEngine();
  hive = await openTestHive({ engine });
  // No engine runs yet: the hive starts all the same, declares its agents, and starts dockerd itself.
  await hive.start();
  await hive.event((event) => event.kind === 'engine.back');
  await copyImage(engine.socketPath);
});
afterAll(async () => {
  await hive.close();
  await engine.dispose();
});

test('agents declared without an engine run once there is one with their image', async () => {
  await hive.allIdle();
});

test('kill -9 of dockerd: it is restarted, the boxes keep running, agents work, and the log says so', async () => {
  const boxes = (await hive.containers()).map((box) => box.Id).sort();
  const { lastSeq } = await hive.admin.call('status', {});
  await engine.kill();
  await hive.event((event) => event.seq > lastSeq && event.kind === 'engine.lost');
  // Mail needs no engine: the boxes are still there.
  const { id } = await hive.admin.call('send', { to: 'scout', body: 'without an engine' });
  await hive.event((event) => event.kind === 'turn.finished' && (event.data['messages'] as number[]).includes(id));
  const back = await hive.event((event) => event.seq > lastSeq && event.kind === 'engine.back');
  expect(back.data['awayMs']).toBeGreaterThan(0);
  expect((await hive.containers()).map((box) => box.Id).sort()).toEqual(boxes);
  await hive.admin.call('restartAgent', { name: 'manager' });
  await hive.allIdle();
});

/** Copies the base image from the machine's engine into the test's. */
async function copyImage(socketPath: string): Promise<void> {
  const save = spawn('docker', ['save', 'hyperhive/base:latest'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const load = spawn('docker', ['-H', `unix://${socketPath}`, 'load'], { stdio: [save.stdout, 'ignore', 'inherit'] });
  const [code] = (await once(load, 'exit')) as [number | null];
  if (code !== 0) throw new Error(`docker load ended with ${code}`);
}

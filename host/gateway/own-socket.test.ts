import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fastify, { type FastifyInstance } from 'fastify';
import { Client } from 'undici';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ownSocket } from './own-socket.ts';

let dir: string;
let path: string;
const apps: FastifyInstance[] = [];

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'hive-own-'));
  path = join(dir, 'agent.sock');
});
afterEach(async () => {
  await Promise.all(apps.splice(0).map((app) => app.close()));
  await rm(dir, { recursive: true, force: true });
});

async function listen(name: string) {
  const app = fastify();
  app.get('/', async () => name);
  apps.push(app);
  return { app, socket: await ownSocket(app, path) };
}

async function whoAnswers(): Promise<string> {
  const client = new Client('http://hive', { socketPath: path });
  try {
    return await (await client.request({ method: 'GET', path: '/' })).body.text();
  } finally {
    await client.destroy();
  }
}

test('a successor takes the socket over, and the older self leaves it alone when it goes', async () => {
  const older = await listen('older');
  expect(await whoAnswers()).toBe('older');
  const younger = await listen('younger');
  expect(await whoAnswers()).toBe('younger');
  expect(await older.socket.isOurs()).toBe(false);
  await older.socket.remove();
  await older.app.close();
  expect(await whoAnswers()).toBe('younger');
  expect(await readdir(dir)).toEqual(['agent.sock']);
  await younger.socket.remove();
  await younger.app.close();
  expect(await readdir(dir)).toEqual([]);
});

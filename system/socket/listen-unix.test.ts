import { chmod, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { createServer, get, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { isAnswered } from './is-answered.ts';
import { listenUnix } from './listen-unix.ts';

let dir: string;
let path: string;
let servers: Server[];

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'hive-socket-'));
  path = join(dir, 'agent.sock');
  servers = [];
});
afterEach(async () => {
  await Promise.all(servers.map(close));
  await rm(dir, { recursive: true });
});

function close(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}

async function listen(name: string) {
  const server = createServer((_request, response) => response.end(name));
  servers.push(server);
  return { server, socket: await listenUnix(server, path, { mode: 0o620 }) };
}

function whoAnswers(): Promise<string> {
  return new Promise((resolve, reject) => {
    get({ socketPath: path, agent: false }, (response) => {
      let text = '';
      response.on('data', (chunk) => (text += String(chunk))).on('end', () => resolve(text));
    }).on('error', reject);
  });
}

test('a successor takes the socket over, and the predecessor leaves it alone when it ends', async () => {
  const older = await listen('older');
  expect(await whoAnswers()).toBe('older');
  const younger = await listen('younger');
  expect(await whoAnswers()).toBe('younger');
  expect(await older.socket.isOurs()).toBe(false);
  older.socket.remove();
  await close(older.server);
  expect(await whoAnswers()).toBe('younger');
  expect(await readdir(dir)).toEqual(['agent.sock']);
  younger.socket.remove();
  expect(await readdir(dir)).toEqual([]);
});

test('a socket has its mode, and is removed with its server', async () => {
  const { server, socket } = await listen('one');
  expect((await stat(path)).mode & 0o777).toBe(0o620);
  expect(await isAnswered(path)).toBe(true);
  await close(server);
  expect(await readdir(dir)).toEqual([]);
  expect(await isAnswered(path)).toBe(false);
  expect(await socket.isOurs()).toBe(false);
});

test('a dead server’s socket, or a file, is replaced; a directory that was made anew is noticed', async () => {
  await writeFile(path, 'no socket');
  const { socket } = await listen('one');
  expect(await whoAnswers()).toBe('one');
  await rm(path);
  expect(await socket.isOurs()).toBe(false);
});

test('a server that cannot listen is closed, and nothing is left', async () => {
  await chmod(dir, 0o700);
  const server = createServer();
  await expect(listenUnix(server, join(dir, 'missing/agent.sock'), { mode: 0o600 })).rejects.toMatchObject({
    code: 'EACCES',
  });
  expect(server.listening).toBe(false);
  // A directory cannot be replaced by a file.
  await expect(listenUnix(server, dir, { mode: 0o600 })).rejects.toThrow();
  expect(server.listening).toBe(false);
  expect(await readdir(dir)).toEqual([]);
});

test('a server that closes while its successor begins takes nothing from it', async () => {
  let { server } = await listen('0');
  for (let n = 1; n <= 50; n += 1) {
    const begun = listen(`${n}`);
    for (let turn = n % 8; turn > 0; turn -= 1) await new Promise(setImmediate);
    await close(server);
    ({ server } = await begun);
    expect(await whoAnswers()).toBe(`${n}`);
  }
});

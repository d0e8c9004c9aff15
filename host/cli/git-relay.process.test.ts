import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { relayGit } from './git-relay.ts';
import { runProgram } from './process/run-program.ts';

let dir: string;
let socket: string;
const seen: { url: string | undefined; headers: IncomingMessage['headers'] }[] = [];
const forge = createServer((request, response) => {
  seen.push({ url: request.url, headers: request.headers });
  response.writeHead(404).end('There is no such repository that you can see.\n');
});

beforeEach(async () => {
  seen.length = 0;
  dir = await mkdtemp(join(tmpdir(), 'hive-relay-'));
  socket = join(dir, 'forge.sock');
  await new Promise<void>((resolve) => forge.listen(socket, resolve));
});
afterEach(async () => {
  await new Promise((resolve) => {
    forge.close(resolve);
    forge.closeAllConnections();
  });
  await rm(dir, { recursive: true, force: true });
});

test('the user’s git reaches the forge by hive:OWNER/NAME, and the forge never sees the relay’s secret', async () => {
  const relay = await relayGit(socket);
  const { code, output } = await runProgram('git', {
    args: ['ls-remote', 'hive:shared/docs'],
    env: { PATH: process.env['PATH'] ?? '', HOME: dir, ...relay.gitEnv },
    signal: new AbortController().signal,
  });
  await relay.close();
  expect(code).toBe(128);
  expect(output).toContain('not found');
  expect(seen[0]?.url).toBe('/shared/docs/info/refs?service=git-upload-pack');
  expect(seen[0]?.headers.authorization).toBeUndefined();
});

/**
 * Vulnerability: a loopback port is open to every user of the machine.
 * Scenario: another user connects to it while the operator's git runs, without or with a guessed secret.
 * Verified: no request reaches the forge; the secret is not in any of git's arguments.
 */
test('no other user of the machine can use the relay', async () => {
  const relay = await relayGit(socket);
  const values = Object.values(relay.gitEnv);
  const base = /http:\/\/127\.0\.0\.1:\d+\//.exec(values.join(' '))?.[0] ?? '';
  for (const headers of [{}, { authorization: 'Bearer guess' }, { authorization: `Bearer ${'A'.repeat(43)}` }])
    expect((await fetch(`${base}shared/docs/info/refs`, { headers: headers as Record<string, string> })).status).toBe(
      401,
    );
  await relay.close();
  expect(seen).toEqual([]);
  expect(base).not.toContain('Bearer');
});

test('without a forge it says that no hive answers', async () => {
  await expect(relayGit(join(dir, 'nobody.sock'))).rejects.toMatchObject({ code: 'hive_unreachable' });
});

import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { outsideGitEnv } from './git-env.ts';
import { createWayOut, type WayOut } from './way-out.ts';

let dir: string;
let heard: string;
let answer: string;
let way: WayOut;
let close: () => Promise<unknown>;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'way-out-'));
  heard = '';
  answer = 'HTTP/1.1 200 OK\r\n\r\nthe answer';
  const open = new Set<Socket>();
  const gateway = createServer((socket) => {
    open.add(socket);
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => {
      heard += String(chunk);
      if (heard.includes('\r\n\r\n')) socket.end(answer);
    });
  });
  gateway.listen(join(dir, 'egress.sock'));
  await once(gateway, 'listening');
  way = createWayOut(join(dir, 'egress.sock'));
  close = async () => {
    for (const one of open) one.destroy();
    gateway.close();
    await rm(dir, { recursive: true, force: true });
  };
});
afterEach(() => close());

const HEAD = 'CONNECT a.test:443 HTTP/1.1\r\nHost: a.test:443\r\n';
const basic = (url: URL) =>
  `Proxy-Authorization: Basic ${Buffer.from(`${url.username}:${url.password}`).toString('base64')}\r\n`;

async function ask(port: string, text: string): Promise<string> {
  const socket = connect(Number(port), '127.0.0.1').on('error', () => undefined);
  let all = '';
  socket.on('data', (chunk) => (all += String(chunk)));
  socket.write(text);
  await new Promise((resolve) => socket.once('close', resolve));
  return all;
}

test('with the password of an operation a request reaches the gateway, which does not get the password', async () => {
  const passage = await way.open({ maxBytes: 1_000 });
  const url = new URL(passage.proxyUrl);
  expect(await ask(url.port, `${HEAD}${basic(url)}X: y\r\n\r\n`)).toContain('the answer');
  expect(heard).toBe(`${HEAD}X: y\r\n\r\n`);
  expect(passage.refusal()).toBeNull();
  passage.close();
});

/**
 * Vulnerability: another user of the machine uses the port, and with it the hive's allowed hosts and secrets.
 * Verified: without the password of an operation that runs, nothing reaches the gateway; nothing listens afterwards.
 */
test('without the password, with a wrong one, or after the operation, nothing reaches the gateway', async () => {
  const passage = await way.open({ maxBytes: 1_000 });
  const url = new URL(passage.proxyUrl);
  const wrong = new URL(`http://${url.username}:${'x'.repeat(43)}@127.0.0.1:1`);
  const stranger = new URL(`http://o99:${url.password}@127.0.0.1:1`);
  for (const header of ['', basic(wrong), basic(stranger), basic(url) + basic(url)])
    expect(await ask(url.port, `${HEAD}${header}\r\n`)).toMatch(/^HTTP\/1\.1 407 /);
  const other = await way.open({ maxBytes: 1_000 });
  passage.close();
  expect(await ask(url.port, `${HEAD}${basic(url)}\r\n`)).toMatch(/^HTTP\/1\.1 407 /);
  other.close();
  expect(await ask(url.port, `${HEAD}${basic(url)}\r\n`)).toBe('');
  expect(heard).toBe('');
});

test('a refusal by the gateway is told with its words; what a host says is none', async () => {
  const passage = await way.open({ maxBytes: 1_000 });
  const url = new URL(passage.proxyUrl);
  answer = 'HTTP/1.1 403 Not allowed by the hive\r\ncontent-length: 4\r\n\r\nhost';
  await ask(url.port, `${HEAD}${basic(url)}\r\n`);
  expect(passage.refusal()).toBeNull();
  answer = 'HTTP/1.1 403 No\r\nx-hive-refusal: not_allowed\r\n\r\nallow it:\nso\n';
  heard = '';
  await ask(url.port, `${HEAD}${basic(url)}\r\n`);
  expect(passage.refusal()).toEqual({ code: 'not_allowed', words: 'allow it: so' });
  passage.close();
});

test('more bytes than an operation may get end its connections', async () => {
  const passage = await way.open({ maxBytes: 100 });
  const url = new URL(passage.proxyUrl);
  answer = `HTTP/1.1 200 OK\r\n\r\n${'x'.repeat(1_000)}`;
  await ask(url.port, `${HEAD}${basic(url)}\r\n`);
  expect(passage.isFull()).toBe(true);
  passage.close();
});

test('git asks without TLS for hosts to which the gateway adds a secret, and uses no other protocol', () => {
  const env = outsideGitEnv({
    proxyUrl: 'http://o1:word@127.0.0.1:1',
    injected: [
      { host: 'github.com', port: 443, askedPort: 80, isForGit: true },
      { host: 'g.test', port: 8443, askedPort: 8443, isForGit: true },
      { host: 'hooks.test', port: 443, askedPort: 80, isForGit: false },
    ],
    followsRedirects: false,
    caFile: null,
  });
  const count = Number(env['GIT_CONFIG_COUNT']);
  const settings = Array.from(
    { length: count },
    (_, at) => `${env[`GIT_CONFIG_KEY_${at}`]}=${env[`GIT_CONFIG_VALUE_${at}`]}`,
  );
  expect(settings).toEqual(
    expect.arrayContaining([
      'http.proxy=http://o1:word@127.0.0.1:1',
      'http.followRedirects=false',
      'protocol.allow=never',
      'protocol.https.allow=always',
      'url.http://github.com/.insteadOf=https://github.com/',
      'url.http://g.test:8443/.insteadOf=https://g.test:8443/',
    ]),
  );
  expect(settings.join()).not.toContain('hooks.test');
});

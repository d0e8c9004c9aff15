import { createServer, type IncomingMessage, type Server } from 'node:http';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { withDashboard } from '../testing/with-dashboard.ts';

const given = withDashboard();
let forge: Server;
let seen: { method: string; url: string; headers: IncomingMessage['headers']; body: string }[];

/** Replaces the forge: notes what arrives, and answers with more headers than a client may get. */
beforeEach(async () => {
  seen = [];
  forge = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => (body += text));
    request.on('end', () => {
      const { method = '', url = '', headers } = request;
      seen.push({ method, url, headers, body });
      response.writeHead(201, {
        'content-type': 'text/plain',
        'set-cookie': 'evil=1',
        'x-total-count': '3',
        location: '//evil',
      });
      response.end('made');
    });
  });
  await new Promise<void>((resolve) => forge.listen(join(given.dir, 'tokens.sock'), resolve));
});
afterEach(() => new Promise((resolve) => forge.close(resolve)));

test('a request goes to the forge without cookies and claims, and the answer comes back without cookies', async () => {
  const headers = {
    authorization: 'token x',
    'x-forwarded-for': '1.2.3.4',
    'x-hive-forge-base': 'http://evil',
    forwarded: 'for=x',
  };
  const answer = await given.ask('/git/api/v1/repos/a/b/contents/x%2Fy?ref=main', {
    method: 'PUT',
    headers,
    body: { a: 1 },
  });
  expect([answer.status, answer.text, answer.headers['x-total-count']]).toEqual([201, 'made', '3']);
  expect(answer.headers['set-cookie']).toBeUndefined();
  expect(answer.headers['location']).toBeUndefined();
  expect(answer.headers['content-security-policy']).toContain("default-src 'self'");
  expect(seen).toEqual([
    {
      method: 'PUT',
      url: '/api/v1/repos/a/b/contents/x%2Fy?ref=main',
      body: '{"a":1}',
      headers: {
        host: 'forge',
        authorization: 'token x',
        'content-type': 'application/json',
        'content-length': '7',
        'x-hive-forge-base': `http://${given.host()}/git`,
        connection: 'keep-alive',
      },
    },
  ]);
});

test('pages of other sites, unknown hosts and disguised paths do not reach the forge', async () => {
  const refused = [
    await given.ask('/git/api/v1/user', { headers: { origin: 'https://evil.example' } }),
    await given.ask('/git/api/v1/user', { headers: { 'sec-fetch-site': 'cross-site' } }),
    await given.ask('/git/api/v1/user', { headers: { 'sec-fetch-site': 'same-site' } }),
    await given.ask('/git/api/v1/user', { headers: { host: 'evil.example' } }),
    await given.ask('/%67it/api/v1/user'),
  ];
  expect(refused.map(({ status }) => status)).toEqual([403, 403, 403, 421, 404]);
  expect(seen).toEqual([]);
});

test('a signed-in browser has no rights there: the forge is asked without its session', async () => {
  await given.ask('/git/api/v1/user', { signedIn: true });
  expect(seen[0]?.headers).not.toHaveProperty('cookie');
  expect(given.hived.called).toEqual([]);
});

test('a client that goes away ends its request at the forge', async () => {
  const ended = new Promise<void>((resolve) => {
    forge.removeAllListeners('request');
    forge.on('request', (request) => request.once('close', resolve).resume());
  });
  const gone = new AbortController();
  const asked = fetch(`http://${given.host()}/git/a/b/git-upload-pack`, {
    signal: gone.signal,
    method: 'POST',
    body: 'x',
  });
  await new Promise((resolve) => forge.once('request', resolve));
  gone.abort();
  await expect(asked).rejects.toThrow('abort');
  await ended;
});

test('without a forge, the answer says so', async () => {
  await new Promise((resolve) => forge.close(resolve));
  const answer = await given.ask('/git/api/v1/version');
  expect([answer.status, answer.code]).toEqual([503, 'service_unavailable']);
  forge.listen(join(given.dir, 'tokens.sock'));
});

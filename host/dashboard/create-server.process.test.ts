/**
 * Vulnerability: a page on another site, a rebinding name or another port of localhost makes the operator's
 * browser talk to the dashboard, or a program on the way pretends to be a proxy.
 * Verified: such requests reach no operation of hived's; and what is allowed does.
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fastify, { type FastifyInstance } from 'fastify';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { request } from 'undici';
import { HiveError } from '../../protocol/errors.ts';
import { dashboardSurface } from '../../protocol/operations/operator.ts';
import { listenUnix } from '../../system/socket/listen-unix.ts';
import { answerErrors, type Handlers, parseJsonBodies, serveSurface } from '../../wire/routes.ts';
import { type DashboardServer, startServer } from './create-server.ts';

const LINK = 'one-time-token';
const SESSION = 'session-of-the-operator';
const ENDLESS = 1;
const HIVE_ID = '7a1de0c8-7d51-4a50-9a3c-2b1f3a5b9c01';
const COOKIE = 'hive_session_7a1de0c87d51';

let dir: string;
let hived: FastifyInstance;
let dashboard: DashboardServer;
let called: string[];
let links: Set<string>;
let sessions: Set<string>;
let lastResume: number | null;
let expiresAt: number;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'hive-dashboard-'));
  await mkdir(join(dir, 'web', 'assets'), { recursive: true });
  await writeFile(join(dir, 'web', 'index.html'), '<!doctype html><title>page</title>');
  await writeFile(join(dir, 'web', 'assets', 'a-1.js'), 'export {};');
  called = [];
  links = new Set([LINK]);
  sessions = new Set([SESSION]);
  lastResume = null;
  expiresAt = Date.now() + 60_000;
  hived = await startHived();
  dashboard = await startServer(
    {
      hiveId: HIVE_ID,
      host: '127.0.0.1',
      port: 0,
      allowedHosts: ['hive.example.org'],
      hivedSocket: join(dir, 'hived.sock'),
      forgeSocket: join(dir, 'forge.sock'),
      webDir: join(dir, 'web'),
    },
    { logLevel: 'silent' },
  );
});

afterEach(async () => {
  await dashboard.stop(200);
  await hived.close();
  await rm(dir, { recursive: true });
});

/** hived's side of the wire, with the real routes and just enough behind them. */
async function startHived(): Promise<FastifyInstance> {
  const app = fastify({ forceCloseConnections: true });
  answerErrors(app);
  parseJsonBodies(app);
  const handlers: Record<string, unknown> = {};
  for (const name of Object.keys(dashboardSurface))
    handlers[name] = () => {
      called.push(name);
      throw new HiveError('not_implemented');
    };
  handlers['listAgents'] = () => {
    called.push('listAgents');
    return { agents: [], lastSeq: 7 };
  };
  handlers['send'] = () => {
    called.push('send');
    return { id: 1, thread: 1, recipients: ['manager'], duplicate: false };
  };
  handlers['redeemLink'] = ({ token }: { token: string }) => {
    if (!links.delete(token)) throw new HiveError('link_used');
    return { session: SESSION, expiresAt: Date.now() + 60_000 };
  };
  handlers['checkSession'] = ({ session }: { session: string }) => {
    if (!sessions.has(session)) throw new HiveError('unauthenticated');
    return { expiresAt };
  };
  handlers['signOut'] = ({ session }: { session: string }) => ({ ended: sessions.delete(session) });
  handlers['followEvents'] = async function* (
    { after }: { after?: number },
    context: { lastEventId: number | null; signal: AbortSignal },
  ) {
    lastResume = context.lastEventId;
    yield { seq: 8, at: 1, kind: 'dashboard.signed_in', agent: null, data: {} };
    // Without an end, as hived's.
    if (after === ENDLESS)
      await new Promise((resolve) => context.signal.addEventListener('abort', resolve, { once: true }));
  };
  serveSurface(app, dashboardSurface, {
    handlers: handlers as Handlers<typeof dashboardSurface, null>,
    callerOf: () => null,
  });
  await listenUnix(app, join(dir, 'hived.sock'), { mode: 0o600 });
  return app;
}

interface Ask {
  method?: 'GET' | 'POST' | 'PUT' | 'HEAD' | 'OPTIONS' | 'DELETE';
  headers?: Record<string, string>;
  body?: unknown;
  signedIn?: boolean;
  session?: string;
}

async function ask(path: string, { method = 'GET', headers = {}, body, signedIn = true, session = SESSION }: Ask = {}) {
  const all: Record<string, string> = { host: ownHost(), ...headers };
  if (signedIn) all['cookie'] ??= `${COOKIE}=${session}`;
  if (body !== undefined) all['content-type'] ??= 'application/json';
  const answer = await request(`http://127.0.0.1:${dashboard.port}${path}`, {
    method,
    headers: all,
    body: body === undefined ? null : JSON.stringify(body),
  });
  const text = await answer.body.text();
  const isJson = String(answer.headers['content-type']).includes('json');
  const code = isJson && text !== '' ? ((JSON.parse(text) as { error?: { code: string } }).error?.code ?? null) : null;
  return { status: answer.statusCode, headers: answer.headers, text, code };
}

function ownHost(): string {
  return `127.0.0.1:${dashboard.port}`;
}

const letter = { to: 'manager', body: 'hello' };

test('a sign-in link works once, sets a cookie that scripts cannot read, and leads to the page', async () => {
  const first = await ask(`/sign-in?token=${LINK}`, { signedIn: false });
  expect(first.status).toBe(303);
  expect(first.headers['location']).toBe('/');
  const cookie = String(first.headers['set-cookie']);
  for (const part of [`${COOKIE}=${SESSION}`, 'HttpOnly', 'SameSite=Lax', 'Path=/', 'Max-Age='])
    expect(cookie).toContain(part);

  const second = await ask(`/sign-in?token=${LINK}`, { signedIn: false });
  expect(second.status).toBe(410);
  expect(second.text).toContain('hivectl dashboard link');
  expect(second.headers['set-cookie']).toBeUndefined();
});

test('two hives on one host name: the cookie of the other is none here, and is left alone', async () => {
  const other = `hive_session_0123456789ab=${SESSION}`;
  expect((await ask('/api/agents', { headers: { cookie: other } })).code).toBe('unauthenticated');
  const { headers } = await ask(`/sign-in?token=${LINK}`, { headers: { cookie: other } });
  expect(String(headers['set-cookie'])).not.toContain('0123456789ab');
});

test('a session under the old name of the cookie is taken over under the new one', async () => {
  const { status, headers } = await ask('/api/agents', { headers: { cookie: `hive_session=${SESSION}` } });
  const cookies = [headers['set-cookie']].flat().map(String);
  expect(status).toBe(200);
  expect(cookies.some((one) => one.startsWith(`${COOKIE}=${SESSION};`))).toBe(true);
  expect(cookies.some((one) => one.startsWith('hive_session=;'))).toBe(true);
});

test('the cookie is given anew when hived renewed the session, and not with every answer', async () => {
  expect((await ask('/api/agents')).headers['set-cookie']).toBeDefined();
  expect((await ask('/api/agents')).headers['set-cookie']).toBeUndefined();
  expiresAt += 86_400_000;
  // hived's answer is believed for five seconds; another session is asked about at once.
  sessions.add('fresh');
  expect(String((await ask('/api/agents', { session: 'fresh' })).headers['set-cookie'])).toMatch(/Max-Age=864[45]\d/);
});

test('the cookie is Secure when the browser speaks HTTPS, whatever a proxy says of itself', async () => {
  const cookieOf = async (headers: Record<string, string>) => {
    links.add(LINK);
    return String((await ask(`/sign-in?token=${LINK}`, { signedIn: false, headers })).headers['set-cookie']);
  };
  const navigation = { 'sec-fetch-site': 'none' };
  expect(await cookieOf(navigation)).not.toContain('Secure');
  expect(await cookieOf({ host: 'hive.example.org', 'x-forwarded-proto': 'https' })).not.toContain('Secure');
  expect(await cookieOf({ host: 'hive.example.org', ...navigation })).toContain('Secure');
  // On the loopback only a change shows it, by its Origin.
  sessions.add('by-tls');
  const headers = { origin: `https://${ownHost()}` };
  const sent = await ask('/api/messages', { method: 'POST', headers, body: letter, session: 'by-tls' });
  expect(String(sent.headers['set-cookie'])).toContain('Secure');
});

test('a preview of the link (HEAD) does not use it up', async () => {
  expect((await ask(`/sign-in?token=${LINK}`, { method: 'HEAD', signedIn: false })).status).toBe(404);
  expect((await ask(`/sign-in?token=${LINK}`, { signedIn: false })).status).toBe(303);
});

test('a link without or with a mangled token is told what to do, and nothing of it is repeated', async () => {
  const answer = await ask('/sign-in?token=%3Cscript%3E', { signedIn: false });
  expect(answer.status).toBe(410);
  expect(answer.text).not.toContain('<script');
  expect((await ask('/sign-in', { signedIn: false })).status).toBe(410);
});

test('nothing under /api answers without a session', async () => {
  expect((await ask('/api/agents', { signedIn: false })).code).toBe('unauthenticated');
  expect((await ask('/api/agents', { signedIn: false, headers: { cookie: 'hive_session=guess' } })).code).toBe(
    'unauthenticated',
  );
  expect((await ask('/api/events/stream', { signedIn: false })).status).toBe(401);
  expect((await ask('/api/no-such-thing', { signedIn: false })).status).toBe(401);
  expect(called).toEqual([]);
});

test('declared operations are forwarded, with their input checked here first', async () => {
  expect(JSON.parse((await ask('/api/agents')).text)).toEqual({ agents: [], lastSeq: 7 });
  const headers = { origin: `http://${ownHost()}` };
  expect((await ask('/api/messages', { method: 'POST', headers, body: letter })).status).toBe(200);
  expect((await ask('/api/messages', { method: 'POST', headers, body: { ...letter, from: 'x' } })).code).toBe(
    'invalid_input',
  );
  expect(called).toEqual(['listAgents', 'send']);
});

test('what is not declared for operators is not forwarded', async () => {
  const headers = { origin: `http://${ownHost()}` };
  for (const path of [
    '/api/sign-in',
    '/api/sessions/check',
    '/api/sessions/end',
    '/api/shutdown',
    '/api/dashboard/link',
  ])
    expect((await ask(path, { method: 'POST', headers, body: { token: LINK, session: SESSION } })).status, path).toBe(
      404,
    );
  expect((await ask('/api/../sign-in', { method: 'POST', headers, body: {} })).status).toBe(404);
  expect((await ask('/api/agents/..%2f..%2fshutdown/start', { method: 'POST', headers, body: {} })).code).toBe(
    'invalid_input',
  );
  expect(called).toEqual([]);
});

/**
 * Vulnerability: a provider's key crosses a network in the clear, or lies about in the dashboard.
 * Scenario: the page was opened by plain HTTP under the name of another machine; without a session; as it should be.
 * Verified: the first two reach nothing; the third reaches hived alone, and no answer repeats the key.
 */
test('a provider’s key is taken with a session, by HTTPS or on this machine only, and is never repeated', async () => {
  const key = 'a-key-of-a-provider';
  const put = (host: string, origin: string, signedIn = true) =>
    ask('/api/providers/anthropic', { method: 'PUT', headers: { host, origin }, body: { key }, signedIn });
  const clear = await put('hive.example.org', 'http://hive.example.org');
  expect([clear.status, clear.code]).toEqual([403, 'forbidden']);
  const stranger = await put(ownHost(), `http://${ownHost()}`, false);
  expect([stranger.status, stranger.code]).toEqual([401, 'unauthenticated']);
  expect(called).toEqual([]);
  const answers = [
    await put('hive.example.org', 'https://hive.example.org'),
    await put(ownHost(), `http://${ownHost()}`),
    await ask('/api/providers/anthropic', {
      method: 'PUT',
      headers: { origin: `http://${ownHost()}` },
      body: { key: `${key} with a space` },
    }),
  ];
  expect(called).toEqual(['setProvider', 'setProvider']);
  expect(answers.map(({ code }) => code)).toEqual(['not_implemented', 'not_implemented', 'invalid_input']);
  for (const { text } of [clear, stranger, ...answers]) expect(text).not.toContain(key);
});

test('a foreign Host is refused everywhere, whatever X-Forwarded-* says', async () => {
  for (const path of ['/', '/api/agents', '/assets/a-1.js', `/sign-in?token=${LINK}`]) {
    const spoofed = { 'x-forwarded-host': ownHost(), 'x-forwarded-proto': 'https', forwarded: `host=${ownHost()}` };
    const answer = await ask(path, { headers: { host: 'evil.example', ...spoofed } });
    expect([answer.status, answer.code], path).toEqual([421, 'wrong_host']);
  }
  expect((await ask('/api/agents', { headers: { host: `localhost:${dashboard.port}` } })).status).toBe(200);
  expect((await ask('/api/agents', { headers: { host: 'HIVE.example.org' } })).status).toBe(200);
  expect((await ask('/api/agents', { headers: { 'x-forwarded-host': 'evil.example' } })).status).toBe(200);
  expect(links.has(LINK)).toBe(true);
});

test('a change from elsewhere is refused: other site, other port, no Origin, null', async () => {
  const foreign = [
    'http://evil.example',
    'http://127.0.0.1:1',
    `http://${ownHost()}.evil.example`,
    'null',
    `ftp://${ownHost()}`,
  ];
  for (const origin of foreign)
    expect((await ask('/api/messages', { method: 'POST', headers: { origin }, body: letter })).code, origin).toBe(
      'wrong_origin',
    );
  for (const site of ['cross-site', 'same-site', 'none'])
    expect(
      (await ask('/api/messages', { method: 'POST', headers: { 'sec-fetch-site': site }, body: letter })).code,
    ).toBe('wrong_origin');
  expect((await ask('/api/messages', { method: 'POST', body: letter })).code).toBe('wrong_origin');
  expect((await ask('/sign-out', { method: 'POST', headers: { origin: 'http://evil.example' } })).code).toBe(
    'wrong_origin',
  );
  expect(called).toEqual([]);
  const sameOrigin = { 'sec-fetch-site': 'same-origin' };
  expect((await ask('/api/messages', { method: 'POST', headers: sameOrigin, body: letter })).status).toBe(200);
});

test('a form of another site cannot be read as JSON either', async () => {
  const headers = { origin: `http://${ownHost()}`, 'content-type': 'text/plain' };
  expect((await ask('/api/messages', { method: 'POST', headers, body: letter })).status).toBe(400);
  expect(called).toEqual([]);
});

test('a file may be larger than any other request, and needs a session and our Origin like every change', async () => {
  const file = { name: 'map.bin', data: Buffer.alloc(10 * 1024 * 1024, 7).toString('base64') };
  const headers = { origin: `http://${ownHost()}` };
  const upload = { method: 'POST', headers, body: file } as const;
  expect((await ask('/api/files', upload)).code).toBe('not_implemented');
  expect(called).toEqual(['upload']);
  const small = { ...file, data: 'AAAA' };
  expect((await ask('/api/files', { ...upload, body: small, signedIn: false })).code).toBe('unauthenticated');
  const foreign = { origin: 'http://evil.example' };
  expect((await ask('/api/files', { ...upload, body: small, headers: foreign })).code).toBe('wrong_origin');
  const long = { to: 'manager', body: 'x'.repeat(600 * 1024) };
  expect((await ask('/api/messages', { method: 'POST', headers, body: long })).code).toBe('payload_too_large');
  expect(called).toEqual(['upload']);
});

test('the event stream checks its Origin, and resumes after Last-Event-ID', async () => {
  expect((await ask('/api/events/stream', { headers: { origin: 'http://evil.example' } })).code).toBe('wrong_origin');
  expect((await ask('/api/events/stream', { headers: { 'sec-fetch-site': 'same-site' } })).code).toBe('wrong_origin');
  expect(lastResume).toBeNull();
  const stream = await ask('/api/events/stream', { headers: { 'last-event-id': '7', origin: `http://${ownHost()}` } });
  expect(stream.headers['content-type']).toContain('text/event-stream');
  expect(stream.headers['x-content-type-options']).toBe('nosniff');
  expect(stream.text).toContain('id: 8\ndata: {"seq":8,');
  expect(lastResume).toBe(7);
});

/** Opens a stream that does not end by itself; `over` resolves when it ended all the same. */
async function openStream(session: string) {
  const answer = await request(`http://127.0.0.1:${dashboard.port}/api/events/stream?after=${ENDLESS}`, {
    headers: { host: ownHost(), cookie: `${COOKIE}=${session}` },
  });
  const over = answer.body.text().catch(() => 'cut');
  return { status: answer.statusCode, over };
}

test('70 open streams take no connection from the calls', async () => {
  const five = Array.from({ length: 5 }, (_, i) => `session-${i}`);
  for (const session of five) sessions.add(session);
  const opened = await Promise.all(Array.from({ length: 70 }, (_, i) => openStream(five[i % 5] ?? '')));
  expect(opened.map(({ status }) => status)).toEqual(Array.from({ length: 70 }, () => 200));
  expect((await ask('/api/agents')).status).toBe(200);
  await dashboard.stop(0);
  await Promise.all(opened.map(({ over }) => over));
});

test('a session has 16 streams and no more; a place that is given back can be taken', async () => {
  const opened = await Promise.all(Array.from({ length: 16 }, () => openStream(SESSION)));
  const refused = await openStream(SESSION);
  expect([refused.status, JSON.parse(await refused.over).error.code]).toEqual([429, 'too_many_streams']);
  sessions.add('another');
  expect((await openStream('another')).status).toBe(200);
  // One after the other opened and ended does not use places up.
  for (let i = 0; i < 40; i++) expect((await ask('/api/events/stream', { session: 'another' })).status).toBe(200);
  await dashboard.stop(0);
  await Promise.all(opened.map(({ over }) => over));
});

test('signing out ends the open streams of that session, and of no other', async () => {
  sessions.add('another');
  const [mine, other] = await Promise.all([openStream(SESSION), openStream('another')]);
  const headers = { origin: `http://${ownHost()}` };
  expect((await ask('/sign-out', { method: 'POST', headers })).text).toBe('{"ended":true}');
  expect(await mine.over).toContain('id: 8');
  expect((await ask('/api/agents')).code).toBe('unauthenticated');
  const still = await Promise.race([other.over.then(() => 'over'), ask('/').then(() => 'open')]);
  expect(still).toBe('open');
  await dashboard.stop(0);
  await other.over;
});

test('every answer carries the security headers, no answer invites another origin', async () => {
  for (const path of ['/', '/api/agents', '/sign-in', '/nowhere']) {
    const { headers } = await ask(path);
    expect(headers['content-security-policy']).toContain("frame-ancestors 'none'");
    expect(headers['content-security-policy']).toContain("script-src 'self';");
    expect(headers['referrer-policy']).toBe('no-referrer');
    expect(headers['cross-origin-opener-policy']).toBe('same-origin');
    expect(headers['access-control-allow-origin']).toBeUndefined();
  }
});

test('the page answers at its routes; assets are kept for ever, nothing leaves the directory', async () => {
  for (const path of ['/', '/agents/coder', '/agents/coder/mailbox', '/messages/3', '/questions', '/forge'])
    expect((await ask(path, { signedIn: false })).text, path).toContain('<title>page');
  const asset = await ask('/assets/a-1.js');
  expect(asset.headers['cache-control']).toContain('immutable');
  const outside = ['/assets/%2e%2e/index.html', '/assets/%2E%2e/a', '/assets/..%2f..%2fhived.sock', '/assets/.%00./a'];
  for (const path of [...outside, '/assets//x', '/assets/%00', '/assets/', '/assets/a-1.js/'])
    expect(['not_found', 'invalid_input'], path).toContain((await ask(path)).code);
  const lost = await ask('/nowhere', { headers: { accept: 'text/html' } });
  expect([lost.status, lost.text.includes('<title>page')]).toEqual([404, true]);
  expect((await ask('/nowhere')).code).toBe('not_found');
});

test('hived away: hive_unreachable, also for the link; back: as before', async () => {
  await hived.close();
  expect(await ask('/api/agents')).toMatchObject({ status: 503, code: 'hive_unreachable' });
  const link = await ask(`/sign-in?token=${LINK}`, { signedIn: false });
  expect([link.status, link.text.includes('not used up')]).toEqual([503, true]);
  expect((await ask('/')).status).toBe(200);
  hived = await startHived();
  expect((await ask('/api/agents')).status).toBe(200);
  expect((await ask(`/sign-in?token=${LINK}`, { signedIn: false })).status).toBe(303);
});

test('the forge away is told apart from the hive away', async () => {
  expect(await ask('/api/forge/repos')).toMatchObject({ status: 503, code: 'service_unavailable' });
});

test('a port in use is named, with what to do', async () => {
  const settings = {
    hiveId: HIVE_ID,
    host: '127.0.0.1',
    port: dashboard.port,
    allowedHosts: [],
    hivedSocket: 'x',
    forgeSocket: 'y',
  };
  await expect(startServer({ ...settings, webDir: join(dir, 'web') }, { logLevel: 'silent' })).rejects.toMatchObject({
    code: 'port_in_use',
    message: expect.stringContaining('dashboard.port') as string,
  });
});

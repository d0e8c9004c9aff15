/**
 * Vulnerability: the guard and the router parse one URL differently (`/%61pi`, `http://host/api`, `*api`), so that a
 * route answers a request that the guard did not check.
 * Scenario: a program without a session requests every route of the dashboard in every disguise.
 * Verified: no call reaches hived, and every response is one declared for everybody.
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fastify, { type FastifyInstance } from 'fastify';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { PAGE_PATHS } from '../host/dashboard/page-paths.ts';
import { type DashboardServer, startServer } from '../host/dashboard/create-server.ts';
import { HiveError } from '../protocol/errors.ts';
import { dashboardSurface, operatorSurface } from '../protocol/operations/operator.ts';
import { forgeSurface } from '../protocol/operations/services.ts';
import type { Surface } from '../protocol/op.ts';
import { listenUnix } from '../system/socket/listen-unix.ts';
import { answerErrors, parseJsonBodies, serveSurface } from '../wire/routes.ts';
import { askAsIs, disguise } from './support/disguise-target.ts';
import { collectRoutes, fillPattern, type Registered } from './support/registered-routes.ts';

const PAGE = '<!doctype html><title>the page</title>';
const ASSET = 'export const asset = 1;';

let dir: string;
let dashboard: DashboardServer;
let routes: Registered[];
let called: string[];
const apps: FastifyInstance[] = [];

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'hive-doors-'));
  await mkdir(join(dir, 'web', 'assets'), { recursive: true });
  await writeFile(join(dir, 'web', 'index.html'), PAGE);
  for (const file of ['assets/x', 'favicon.svg', 'color-scheme.js']) await writeFile(join(dir, 'web', file), ASSET);
  called = [];
  await serveRecorded(dashboardSurface, 'hived.sock');
  await serveRecorded(forgeSurface, 'forge.sock');
  const settings = { hiveId: 'a-hive', host: '127.0.0.1', port: 0, allowedHosts: [], webDir: join(dir, 'web') };
  await serveRefusing('tokens.sock');
  const sockets = {
    hivedSocket: join(dir, 'hived.sock'),
    forgeSocket: join(dir, 'forge.sock'),
    forgeTokenSocket: join(dir, 'tokens.sock'),
  };
  const started = await collectRoutes(() => startServer({ ...settings, ...sockets }, { logLevel: 'silent' }));
  dashboard = started.built;
  routes = started.routes;
});

afterAll(async () => {
  await dashboard.stop(100);
  await Promise.all(apps.map((app) => app.close()));
  await rm(dir, { recursive: true });
});

/** Replaces the servers behind the dashboard: records and answers every call. */
async function serveRecorded(surface: Surface, socket: string): Promise<void> {
  const app = fastify({ forceCloseConnections: true });
  answerErrors(app);
  parseJsonBodies(app);
  const handlers = Object.fromEntries(
    Object.entries(surface).map(([name, op]) => [
      name,
      () => {
        called.push(name);
        if (name === 'checkSession') throw new HiveError('unauthenticated');
        if (name === 'redeemLink') throw new HiveError('link_used');
        return op.stream === true ? (async function* () {})() : { secret: 'of the hive' };
      },
    ]),
  );
  serveSurface(app, surface, { handlers: handlers as never, callerOf: () => null });
  await listenUnix(app, join(dir, socket), { mode: 0o600 });
  apps.push(app);
}

/** Replaces the forge for callers with tokens: these requests have none. */
async function serveRefusing(socket: string): Promise<void> {
  const app = fastify({ forceCloseConnections: true });
  app.all('/*', (_request, reply) => reply.status(401).header('cache-control', 'no-store').send());
  await listenUnix(app, join(dir, socket), { mode: 0o600 });
  apps.push(app);
}

const isPublic = ({ config }: Registered) => config['access'] === 'public';
const nameOf = ({ method, url }: Registered) => `${method} ${url}`;

/** As a browser on our own page would, but without the cookie: neither Host nor Origin is refused. */
function knock(method: string, target: string, cookie?: string) {
  const host = `127.0.0.1:${dashboard.port}`;
  const headers = {
    host,
    origin: `http://${host}`,
    'sec-fetch-site': 'same-origin',
    accept: 'text/html',
    ...(cookie === undefined ? {} : { cookie }),
    ...(method === 'POST' ? { 'content-type': 'application/json' } : {}),
  };
  const body = method === 'POST' ? '{"to":"scout","body":"hi"}' : '';
  return askAsIs({ port: dashboard.port }, { method, target, headers, body });
}

test('the routes open to all are exactly these', () => {
  expect(
    routes
      .filter((route) => isPublic(route) && route.method !== 'HEAD')
      .map(nameOf)
      .sort(),
  ).toEqual(
    [
      ...Object.values(PAGE_PATHS).map((path) => `GET ${path}`),
      'GET /*',
      'GET /assets/*',
      'GET /color-scheme.js',
      'GET /favicon.svg',
      'GET /sign-in',
      'POST /sign-out',
    ].sort(),
  );
});

test('every operation is a route, and every route that is not open refuses', async () => {
  const closed = routes.filter((route) => !isPublic(route));
  for (const op of Object.values(operatorSurface)) expect(closed.map(nameOf)).toContain(`${op.method} /api${op.path}`);
  called.length = 0;
  for (const route of closed) {
    const plain = await knock(route.method, fillPattern(route.url));
    expect([nameOf(route), plain.status, plain.headers['cache-control']]).toEqual([nameOf(route), 401, 'no-store']);
  }
  expect(called).toEqual([]);
});

test('no disguised path gets more than the routes open to all', async () => {
  called.length = 0;
  const wrong: string[] = [];
  for (const route of routes.filter(({ method }) => method === 'GET' || method === 'POST')) {
    const paths = disguise(fillPattern(route.url));
    const answers = await Promise.all(paths.map((target) => knock(route.method, target)));
    answers.forEach(({ status, body }, i) => {
      const isOpen = [PAGE, ASSET, '', '{"ended":false}'].includes(body);
      if (status >= 500 || (status < 400 && !isOpen)) wrong.push(`${route.method} ${paths[i]} → ${status} ${body}`);
    });
  }
  expect(wrong).toEqual([]);
  // hived checks the token of a sign-in link, whoever sends it; no other call reaches hived.
  expect(called.filter((name) => name !== 'redeemLink')).toEqual([]);
});

test('an unknown cookie gives no more access than none', async () => {
  called.length = 0;
  const cookie = 'hive_session=guess; hive_session_ahive=guess';
  for (const route of routes.filter((one) => !isPublic(one) && one.method === 'GET'))
    for (const target of [fillPattern(route.url), fillPattern(route.url).replace('/api', '/%61pi')])
      expect((await knock('GET', target, cookie)).status, target).toBe(401);
  expect([...new Set(called)]).toEqual(['checkSession']);
});

test('a request target that is not a path is refused before routing', async () => {
  for (const target of ['http://x/', 'http://x/api/agents', '*', '*api/agents', 'api/agents', '?/api/agents'])
    for (const method of ['GET', 'POST', 'OPTIONS']) {
      const { status } = await knock(method, target);
      expect([method, target, status]).toEqual([method, target, 400]);
    }
});

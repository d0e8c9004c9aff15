import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { request } from 'undici';
import { afterEach, beforeEach } from 'vitest';
import { type DashboardServer, startServer } from '../create-server.ts';
import { type HivedState, initialState, SESSION, startHived } from './start-hived.ts';

export const HIVE_ID = '7a1de0c8-7d51-4a50-9a3c-2b1f3a5b9c01';
export const COOKIE = 'hive_session_7a1de0c87d51';

export const LETTER = { to: 'manager', body: 'hello' };

export interface Ask {
  method?: 'GET' | 'POST' | 'PUT' | 'HEAD' | 'OPTIONS' | 'DELETE';
  headers?: Record<string, string>;
  body?: unknown;
  signedIn?: boolean;
  session?: string;
}

/** The fixtures of a test: a dashboard server on a free port, and a fake hived with the state in `hived`. */
export interface WithDashboard {
  dir: string;
  dashboard: DashboardServer;
  hived: HivedState;
  /** The dashboard's Host: 127.0.0.1 with its port. */
  host(): string;
  /** Sends a request, by default with the cookie of SESSION. `code` is the error code of a JSON response, or null. */
  ask(path: string, options?: Ask): ReturnType<typeof send>;
  stopHived(): Promise<void>;
  startHived(): Promise<void>;
}

/** Registers the hooks that create the fixtures. The returned object is filled before each test. */
export function withDashboard(): WithDashboard {
  let app: FastifyInstance;
  const given: WithDashboard = {
    dir: '',
    dashboard: undefined as never,
    hived: undefined as never,
    host: () => `127.0.0.1:${given.dashboard.port}`,
    ask: (path, options = {}) => send(given.host(), path, options),
    stopHived: () => app.close(),
    async startHived() {
      app = await startHived(join(given.dir, 'hived.sock'), given.hived);
    },
  };

  beforeEach(async () => {
    given.dir = await mkdtemp(join(tmpdir(), 'hive-dashboard-'));
    given.hived = initialState();
    await writePage(join(given.dir, 'web'));
    await given.startHived();
    given.dashboard = await startServer(
      {
        hiveId: HIVE_ID,
        host: '127.0.0.1',
        port: 0,
        allowedHosts: ['hive.example.org'],
        hivedSocket: join(given.dir, 'hived.sock'),
        forgeSocket: join(given.dir, 'forge.sock'),
        forgeTokenSocket: join(given.dir, 'tokens.sock'),
        webDir: join(given.dir, 'web'),
      },
      { logLevel: 'silent' },
    );
  });

  afterEach(async () => {
    await given.dashboard.stop(200);
    await app.close();
    await rm(given.dir, { recursive: true });
  });

  return given;
}

async function writePage(webDir: string): Promise<void> {
  await mkdir(join(webDir, 'assets'), { recursive: true });
  await writeFile(join(webDir, 'index.html'), '<!doctype html><title>page</title>');
  await writeFile(join(webDir, 'assets', 'a-1.js'), 'export {};');
}

async function send(host: string, path: string, options: Ask) {
  const { method = 'GET', headers = {}, body, signedIn = true, session = SESSION } = options;
  const all: Record<string, string> = { host, ...headers };
  if (signedIn) all['cookie'] ??= `${COOKIE}=${session}`;
  if (body !== undefined) all['content-type'] ??= 'application/json';
  const answer = await request(`http://${host}${path}`, {
    method,
    headers: all,
    body: body === undefined ? null : JSON.stringify(body),
  });
  const text = await answer.body.text();
  const isJson = String(answer.headers['content-type']).includes('json');
  const code = isJson && text !== '' ? ((JSON.parse(text) as { error?: { code: string } }).error?.code ?? null) : null;
  return { status: answer.statusCode, headers: answer.headers, text, code };
}

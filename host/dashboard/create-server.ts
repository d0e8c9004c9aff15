import type { AddressInfo } from 'node:net';
import fastifyCookie from '@fastify/cookie';
import fastify, { type FastifyInstance, LogController } from 'fastify';
import { HiveError } from '../../protocol/errors.ts';
import { dashboardSurface } from '../../protocol/operations/operator.ts';
import { forgeSurface } from '../../protocol/operations/services.ts';
import type { DashboardControl } from '../../protocol/schemas/service.ts';
import { openLog } from '../../system/log.ts';
import { connectSurface } from '../../wire/client.ts';
import { answerBadPath, answerErrors, parseJsonBodies } from '../../wire/routes.ts';
import { forwardOperations } from './api/forward.ts';
import { createOpenStreams } from './api/open-streams.ts';
import {
  CALL_CONNECTIONS,
  type Environment,
  FORGE_CONNECTIONS,
  MAX_REQUEST_BYTES,
  MAX_STREAMS,
  SESSION_CACHE_MS,
  STREAM_RECHECK_MS,
  STREAMS_PER_SESSION,
  SWEEP_MS,
  TOKEN_CONNECTIONS,
} from './config.ts';
import { listKnownHosts } from './guard/decide-request.ts';
import { passToForge } from './forge/pass-to-forge.ts';
import { guardRequests, openToAll, setSecurityHeaders } from './guard/guard-requests.ts';
import { servePage } from './serve-page.ts';
import { serveSignIn } from './sign-in/routes.ts';
import { createSessionCookie } from './sign-in/session-cookie.ts';
import { createSessions } from './sign-in/sessions.ts';

/** A running dashboard server. */
export interface DashboardServer {
  readonly port: number;
  /** Stops listening, ends the streams, gives running requests `drainMs` to finish, then closes all connections. */
  stop(drainMs: number): Promise<void>;
}

type Settings = Omit<DashboardControl, 'type'>;

/** Builds the server and listens. Throws `port_in_use`, `config_invalid`, or `setup_failed` when the page was not built. */
export async function startServer(settings: Settings, environment: Environment): Promise<DashboardServer> {
  const hived = connectSurface(dashboardSurface, settings.hivedSocket, { connections: CALL_CONNECTIONS });
  const streams = connectSurface(dashboardSurface, settings.hivedSocket, { connections: MAX_STREAMS });
  const forge = connectSurface(forgeSurface, settings.forgeSocket, { connections: FORGE_CONNECTIONS });
  const sessions = createSessions((session) => hived.call('checkSession', { session }, { timeoutMs: 10_000 }), {
    cacheMs: SESSION_CACHE_MS,
    now: Date.now,
  });
  const openStreams = createOpenStreams({ perSession: STREAMS_PER_SESSION, all: MAX_STREAMS });
  const cookie = createSessionCookie(settings.hiveId, Date.now);
  const stopping = new AbortController();
  let knownHosts: ReadonlySet<string> = new Set();

  const app = fastify({
    bodyLimit: MAX_REQUEST_BYTES,
    trustProxy: false,
    logController: new LogController({ disableRequestLogging: true }),
    forceCloseConnections: 'idle',
    frameworkErrors(error, request, reply) {
      setSecurityHeaders(reply);
      answerBadPath(error, request, reply);
    },
    loggerInstance: openLog({ level: environment.logLevel, output: process.stderr }),
  });
  answerErrors(app);
  parseJsonBodies(app);
  await app.register(fastifyCookie);
  guardRequests(app, { knownHosts: () => knownHosts, sessions, cookie });
  const closeForgeDoor = passToForge(app, {
    socketPath: settings.forgeTokenSocket,
    connections: TOKEN_CONNECTIONS,
  });
  serveSignIn(app, { hived, sessions, openStreams, cookie });
  await app.register(
    async (api) => {
      forwardOperations(api, {
        hived,
        streams,
        forge,
        sessions,
        cookie,
        openStreams,
        stopping: stopping.signal,
        recheckMs: STREAM_RECHECK_MS,
      });
      // The 404 of an unknown API path needs a session too: without one, known and unknown paths look the same.
      api.all('/*', (request) => {
        throw new HiveError('not_found', `There is no ${request.method} ${request.url.split('?', 1)[0] ?? ''} here.`);
      });
    },
    { prefix: '/api' },
  );
  await app.register(async (page) => {
    openToAll(page);
    await servePage(page, settings.webDir);
  });
  await listen(app, settings);
  const { port } = app.server.address() as AddressInfo;
  knownHosts = listKnownHosts({ ...settings, port });

  return {
    port,
    async stop(drainMs) {
      stopping.abort();
      const force = setTimeout(() => app.server.closeAllConnections(), drainMs);
      // A browser keeps connections open after the last response; close each one as soon as it is idle.
      const sweep = setInterval(() => app.server.closeIdleConnections(), SWEEP_MS);
      await app.close();
      clearInterval(sweep);
      clearTimeout(force);
      closeForgeDoor();
      await Promise.all([hived, streams, forge].map((client) => client.close()));
    },
  };
}

async function listen(app: FastifyInstance, { host, port }: Settings): Promise<void> {
  try {
    await app.listen({ host, port });
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'EADDRINUSE')
      throw new HiveError(
        'port_in_use',
        `Port ${port} on ${host} is in use. Choose another one in config.yaml (dashboard.port).`,
        { cause },
      );
    if (code === 'EADDRNOTAVAIL' || code === 'EACCES' || code === 'ENOTFOUND')
      throw new HiveError(
        'config_invalid',
        `Cannot listen on ${host}, port ${port} (${code}). Change dashboard.host or dashboard.port in config.yaml.`,
        { cause },
      );
    throw cause;
  }
}

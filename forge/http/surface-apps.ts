import fastify, { type FastifyInstance } from 'fastify';
import type { RepoCaller } from '../../protocol/access/repo-access.ts';
import { forgeAgentSurface } from '../../protocol/operations/repos.ts';
import { forgeSurface } from '../../protocol/operations/services.ts';
import { createCallMeter } from '../../wire/call-meter.ts';
import { answerBadPath, answerErrors, parseJsonBodies, serveSurface } from '../../wire/routes.ts';
import { createHandlers, handlersFor } from '../api/handlers.ts';
import type { Backend } from '../backend/backend.ts';
import type { Log } from '../../system/log.ts';
import { serveGit } from './git-routes.ts';

/** One agent's app: its operations, and git. `callerOf` returns the caller at the time of each request. */
export function createAgentApp(backend: Backend, log: Log, callerOf: () => RepoCaller): FastifyInstance {
  const app = createApp(backend, log);
  // One account: the meter belongs to this agent alone.
  const meter = createCallMeter<null>(() => performance.now());
  serveSurface<typeof forgeAgentSurface, RepoCaller>(app, forgeAgentSurface, {
    callerOf,
    hooks: { admit: (op, { signal }) => meter.admit(op, { caller: null, signal }) },
    handlers: handlersFor(forgeAgentSurface, createHandlers(backend)),
  });
  serveGit(app, { backend, callerOf });
  return app;
}

/** The operator's app, for hived, the dashboard and hivectl. */
export function createOperatorApp(backend: Backend, log: Log): FastifyInstance {
  const callerOf = (): RepoCaller => ({ kind: 'operator' });
  const app = createApp(backend, log);
  serveSurface<typeof forgeSurface, RepoCaller>(app, forgeSurface, {
    callerOf,
    handlers: handlersFor(forgeSurface, createHandlers(backend)),
  });
  serveGit(app, { backend, callerOf });
  return app;
}

/** The app of one run of a check: git alone. */
export function createCheckApp(backend: Backend, log: Log, caller: RepoCaller): FastifyInstance {
  const app = createApp(backend, log);
  serveGit(app, { backend, callerOf: () => caller });
  return app;
}

/** A server for long transfers: no limit on a request's total time (git has its own), one on its headers. */
function createApp({ limits }: Backend, log: Log): FastifyInstance {
  const app = fastify({
    loggerInstance: log.child({}, { level: 'error' }),
    bodyLimit: 64 * 1024,
    requestTimeout: 0,
    frameworkErrors: answerBadPath,
    keepAliveTimeout: 30_000,
  });
  app.server.headersTimeout = 15_000;
  app.server.maxConnections = limits.connectionsPerSocket;
  answerErrors(app);
  parseJsonBodies(app);
  return app;
}

import fastify, { type FastifyInstance } from 'fastify';
import { answerBadPath, answerErrors, parseJsonBodies } from '../../wire/routes.ts';
import type { Backend } from '../backend/backend.ts';
import type { Log } from '../../system/log.ts';

/** A server for long transfers: no limit on a request's total time (git has its own), one on its headers. */
export function createApp({ limits }: Backend, log: Log): FastifyInstance {
  const app = fastify({
    loggerInstance: log.child({}, { level: 'error' }),
    bodyLimit: 64 * 1024,
    // Names of branches stand in paths of the API.
    routerOptions: { maxParamLength: 512 },
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

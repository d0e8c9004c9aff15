import fastify, { type FastifyInstance, type FastifyReply } from 'fastify';
import type { AgentName } from '../../protocol/names.ts';
import { errorBody } from './anthropic/errors.ts';
import type { GatewayLimits } from './config.ts';
import { nameError } from './log.ts';
import { answerClientError, refuseElsewhere, refuseTunnels } from './refuse.ts';
import { type CallKind, serveCall, type ServeDeps } from './serve-call.ts';

const PATHS: readonly CallKind['path'][] = ['/v1/messages', '/v1/messages/count_tokens'];

/**
 * The server on one agent's socket. Whoever asks here is that agent: nothing in a request says so.
 * Every answer that is not a model's has the shape of Anthropic's errors, so that the CLI understands it.
 */
export function createAgentServer(agent: AgentName, deps: ServeDeps & { limits: GatewayLimits }): FastifyInstance {
  const { limits } = deps;
  const log: ServeDeps['log'] = (level, message, fields) => deps.log(level, message, { agent, ...fields });
  const app = fastify({
    logger: false,
    requestTimeout: limits.requestMs,
    keepAliveTimeout: limits.keepAliveMs,
    http: { headersTimeout: limits.headersMs, connectionsCheckingInterval: Math.min(1_000, limits.headersMs) },
    clientErrorHandler: answerClientError,
    frameworkErrors: (_error, _request, reply: FastifyReply) => {
      void reply.code(400).send(errorBody(400, 'This is not a path.'));
    },
  });
  app.server.maxConnections = limits.connectionsPerAgent;
  app.server.on('drop', () => log('warn', 'too many connections at once, one is closed'));
  refuseTunnels(app.server, log);
  refuseElsewhere(app, log);

  // Bodies are read by the handlers, piece by piece.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, _payload, done) => done(null));

  app.get('/', async () => ({ service: 'hyperhive gateway' }));
  for (const path of PATHS) app.post(path, (request, reply) => serveCall({ request, reply }, { agent, path }, deps));

  app.setNotFoundHandler(async (request, reply) => {
    const path = request.url.split('?')[0] ?? '';
    return reply.code(404).send(errorBody(404, `The hive's gateway serves no ${request.method} ${path}.`));
  });
  app.setErrorHandler(async (error, _request, reply) => {
    const { statusCode } = error as { statusCode?: number };
    if (statusCode !== undefined && statusCode < 500)
      return reply.code(statusCode).send(errorBody(statusCode, 'The gateway does not take such a request.'));
    log('error', 'a call broke inside the gateway', { reason: nameError(error) });
    return reply.code(500).send(errorBody(500, "Something broke inside the hive's gateway. Its log says more."));
  });
  return app;
}

import fastify, { type FastifyInstance, type FastifyReply } from 'fastify';
import type { AgentName } from '../../protocol/names.ts';
import { BudgetCutError } from './budgets/spend-guard.ts';
import { createBodyRoom } from './body-room.ts';
import type { GatewayLimits } from './config.ts';
import { nameError } from './name-error.ts';
import { PROTOCOLS } from './protocols/protocols.ts';
import { answerClientError, refuseElsewhere, refuseTunnels } from './refuse.ts';
import { NO_RETRY } from './call.ts';
import { serveCall, type ServeDeps } from './serve-call.ts';
import { chooseRoute, groupRoutes, protocolOf, toPattern } from './spoken-routes.ts';

/**
 * The server on one agent's socket, which identifies the caller; no field of a request does. It serves every
 * protocol; whether the agent's provider speaks it is decided per call. Errors have the protocol's format, so that
 * the CLI understands them.
 */
export function createAgentServer(agent: AgentName, deps: ServeDeps & { limits: GatewayLimits }): FastifyInstance {
  const { limits } = deps;
  const log = deps.log.child({ agent });
  const app = fastify({
    logger: false,
    requestTimeout: limits.requestMs,
    keepAliveTimeout: limits.keepAliveMs,
    http: { headersTimeout: limits.headersMs, connectionsCheckingInterval: Math.min(1_000, limits.headersMs) },
    clientErrorHandler: answerClientError,
    frameworkErrors: (_error, _request, reply: FastifyReply) => {
      void reply.code(400).send(PROTOCOLS[0].errorBody(400, 'This is not a path.'));
    },
  });
  app.server.maxConnections = limits.connectionsPerAgent;
  app.server.on('drop', () => log.warn('too many connections at once, one is closed'));
  refuseTunnels(app.server, log);
  refuseElsewhere(app, log);

  // Handlers read bodies piece by piece.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, _payload, done) => done(null));

  app.get('/', async () => ({ service: 'hyperhive gateway' }));
  const room = createBodyRoom(deps.maxBodyBytes);
  for (const served of groupRoutes())
    app.route({
      method: served[0].route.method,
      url: toPattern(served[0].route),
      exposeHeadRoute: false,
      handler: async (request, reply) => {
        // Known without waiting for hived, except where protocols share a path.
        const spoken = served.length === 1 ? served[0] : chooseRoute(served, (await deps.accounts.of(agent)).kind);
        return serveCall({ request, reply }, { agent, ...spoken, room }, deps);
      },
    });

  app.setNotFoundHandler(async (request, reply) => {
    const path = request.url.split('?')[0] ?? '';
    return reply
      .code(404)
      .send(protocolOf(request).errorBody(404, `The hive's gateway serves no ${request.method} ${path}.`));
  });
  app.setErrorHandler(async (error, request, reply) => {
    const { errorBody } = protocolOf(request);
    // The answer that broke may have been a stream of another type.
    const refuse = (status: number, words: string) =>
      reply
        .code(status)
        .type('application/json')
        .send(JSON.stringify(errorBody(status, words)));
    if (error instanceof BudgetCutError) {
      reply.headers(NO_RETRY);
      return refuse(402, error.message);
    }
    const { statusCode } = error as { statusCode?: number };
    if (statusCode !== undefined && statusCode < 500)
      return refuse(statusCode, 'The gateway does not take such a request.');
    log.error({ reason: nameError(error) }, 'a call broke inside the gateway');
    return refuse(500, "Something broke inside the hive's gateway. Its log says more.");
  });
  return app;
}

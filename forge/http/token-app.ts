import type { FastifyInstance, FastifyRequest } from 'fastify';
import { FORGE_BASE_HEADER } from '../../protocol/forge-door.ts';
import type { Backend } from '../backend/backend.ts';
import { serveGitea } from '../gitea/serve-gitea.ts';
import { type CallAccount, createCallMeter } from '../../wire/call-meter.ts';
import type { Log } from '../../system/log.ts';
import { createApp } from './create-app.ts';
import { serveGit } from './git-routes.ts';

/**
 * The app for programs outside of boxes, which reach it through the dashboard: only tokens identify callers here, and
 * only Gitea's API and git are served.
 */
export function createTokenApp(backend: Backend, log: Log): FastifyInstance {
  const app = createApp(backend, log);
  const accounts = new Map<number, CallAccount>();
  const meter = createCallMeter<number>(backend.steady, accounts);
  const userOf = (request: FastifyRequest) => backend.tokens.findUser(request.headers.authorization);
  const callerOf = (request: FastifyRequest) => userOf(request).caller;
  serveGit(app, { backend, callerOf });
  serveGitea(app, {
    backend,
    callerOf,
    baseOf,
    admit(cost, request, signal) {
      const { id } = userOf(request);
      if (accounts.size > backend.limits.maxTokens) accounts.clear();
      return meter.admit({ cost }, { caller: id, signal });
    },
  });
  return app;
}

/** The dashboard, which alone can connect here, says how it was addressed. */
function baseOf(request: FastifyRequest): string {
  const given = request.headers[FORGE_BASE_HEADER];
  return typeof given === 'string' && URL.canParse(given) ? given : 'http://localhost';
}

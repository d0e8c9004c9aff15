import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { RepoCaller } from '../../protocol/access/repo-access.ts';
import { forgeAgentSurface } from '../../protocol/operations/repos.ts';
import { forgeSurface } from '../../protocol/operations/services.ts';
import { createCallMeter } from '../../wire/call-meter.ts';
import { serveSurface } from '../../wire/routes.ts';
import { createHandlers, handlersFor } from '../api/handlers.ts';
import type { Backend } from '../backend/backend.ts';
import { type GiteaDoor, serveGitea } from '../gitea/serve-gitea.ts';
import type { Log } from '../../system/log.ts';
import { serveBackups } from './backup-routes.ts';
import { createApp } from './create-app.ts';
import { serveGit } from './git-routes.ts';
import { serveHandOver } from './hand-over-routes.ts';

/** One agent's app: its operations, and git. `callerOf` returns the caller at the time of each request. */
export function createAgentApp(backend: Backend, log: Log, callerOf: () => RepoCaller): FastifyInstance {
  const app = createApp(backend, log);
  // One account: the meter belongs to this agent alone.
  const meter = createCallMeter<null>(backend.steady);
  serveSurface<typeof forgeAgentSurface, RepoCaller>(app, forgeAgentSurface, {
    callerOf,
    hooks: { admit: (op, { signal }) => meter.admit(op, { caller: null, signal }) },
    handlers: handlersFor(forgeAgentSurface, createHandlers(backend)),
  });
  serveGit(app, { backend, callerOf });
  const admit: GiteaDoor['admit'] = (cost, _request, signal) => meter.admit({ cost }, { caller: null, signal });
  serveGitea(app, { backend, callerOf, baseOf, admit });
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
  serveBackups(app, { backend, callerOf });
  serveGit(app, { backend, callerOf });
  serveGitea(app, { backend, callerOf, baseOf, admit: () => undefined });
  return app;
}

/** The app of one run of a check: git, and what its box hands over. */
export function createCheckApp(backend: Backend, log: Log, caller: RepoCaller): FastifyInstance {
  const app = createApp(backend, log);
  if (caller.kind === 'check') serveHandOver(app, { backend, caller });
  serveGit(app, { backend, callerOf: () => caller });
  return app;
}

/** The address by which a client reaches this socket: through a relay, so only the client knows it. */
function baseOf({ headers: { host = '' } }: FastifyRequest): string {
  return `http://${/^[\w.:[\]-]+$/.test(host) ? host : 'localhost'}`;
}

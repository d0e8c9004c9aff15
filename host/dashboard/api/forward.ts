import type { FastifyInstance, FastifyRequest } from 'fastify';
import { HiveError } from '../../../protocol/errors.ts';
import { type dashboardSurface, operatorSurface } from '../../../protocol/operations/operator.ts';
import type { forgeSurface } from '../../../protocol/operations/services.ts';
import type { SurfaceClient } from '../../../wire/client.ts';
import { type CallContext, type Handlers, serveSurface } from '../../../wire/routes.ts';
import { browserForge, forgeForOperator } from '../browser-operations.ts';
import { mayCarrySecret } from '../guard/decide-secret.ts';
import type { OpenStreams } from './open-streams.ts';
import type { SessionCookie } from '../sign-in/session-cookie.ts';
import type { Sessions } from '../sign-in/sessions.ts';

/** Who asks: the session of the request. A session has one call with a file at a time (wire/file-turns.ts). */
type Caller = string | null;

export interface ForwardOptions {
  readonly hived: SurfaceClient<typeof dashboardSurface>;
  /** Another client of hived's, with connections of its own: open streams take none from the calls. */
  readonly streams: SurfaceClient<typeof dashboardSurface>;
  readonly forge: SurfaceClient<typeof forgeSurface>;
  readonly sessions: Sessions;
  readonly cookie: SessionCookie;
  readonly openStreams: OpenStreams;
  /** Fires when the server stops: open streams end. */
  readonly stopping: AbortSignal;
  readonly recheckMs: number;
}

/**
 * Serves /api: every operation declared for operators, parsed here and asked of hived again by name.
 * What is not declared has no route, and the sign-in operations are not the browser's to call.
 */
export function forwardOperations(app: FastifyInstance, options: ForwardOptions): void {
  const { hived, forge } = options;
  const handlers: Record<string, unknown> = {};
  for (const [name, op] of Object.entries(operatorSurface))
    if (!('stream' in op)) handlers[name] = forwarder(hived, name as PlainName);
  handlers['followEvents'] = (input: FollowInput, context: CallContext<Caller>) =>
    followEvents(input, context, options);

  app.addHook('onRequest', async (request) => refuseSecretInTheClear(request));
  serveSurface(app, operatorSurface, {
    handlers: handlers as Handlers<typeof operatorSurface, Caller>,
    callerOf: options.cookie.read,
  });
  serveSurface(app, browserForge, {
    handlers: Object.fromEntries(
      Object.keys(forgeForOperator).map((name) => [name, forgeForwarder(forge, name as ForgeName)]),
    ) as Handlers<typeof browserForge, Caller>,
    callerOf: options.cookie.read,
  });
}

type ForgeName = keyof typeof forgeForOperator;
type PlainName = Exclude<keyof typeof operatorSurface, 'followEvents'>;
type FollowInput = { after?: number | undefined };

/** How long (ms) hived may take for what moves boxes or files about; everything else has the client's own limit. */
const PATIENCE_MS: Partial<Record<PlainName, number>> = {
  startAgent: 120_000,
  stopAgent: 120_000,
  restartAgent: 120_000,
  rebuildAgent: 120_000,
  createAgent: 120_000,
  destroyAgent: 300_000,
  restoreAgent: 600_000,
  testProvider: 60_000,
};

/** Reads are given up when the browser goes away; changes are not: they may have been made already. */
function forwarder(hived: ForwardOptions['hived'], name: PlainName) {
  const isRead = operatorSurface[name].method === 'GET';
  const timeoutMs = PATIENCE_MS[name];
  const patience = timeoutMs === undefined ? {} : { timeoutMs };
  return (input: unknown, { signal }: CallContext<Caller>) =>
    hived.call(name, input as never, isRead ? { signal } : patience);
}

/** By the route that was matched: the one operation whose input holds a provider's key. */
function refuseSecretInTheClear(request: FastifyRequest): void {
  const { method, path } = operatorSurface.setProvider;
  if (request.method !== method || !(request.routeOptions.url ?? '').endsWith(path)) return;
  if (mayCarrySecret(request.headers.origin)) return;
  throw new HiveError(
    'forbidden',
    'A key is taken over HTTPS or on this machine only. Open the dashboard that way, or use: hivectl provider set',
  );
}

function forgeForwarder(forge: ForwardOptions['forge'], name: ForgeName) {
  const isRead = forgeForOperator[name].method === 'GET';
  return (input: unknown, { signal }: CallContext<Caller>) =>
    forge.call(name, input as never, isRead ? { signal } : {}).catch(namingTheForge);
}

/** Passes the event stream on until either side goes, the server stops, or the session ends. Throws `too_many_streams`. */
function followEvents(input: FollowInput, context: CallContext<Caller>, options: ForwardOptions) {
  // Taken before the answer begins, so that a refusal is an answer of its own.
  const place = options.openStreams.open(context.caller ?? '');
  return passEvents(input, { context, options, place });
}

async function* passEvents(
  input: FollowInput,
  stream: { context: CallContext<Caller>; options: ForwardOptions; place: ReturnType<OpenStreams['open']> },
) {
  const { context, options, place } = stream;
  const signal = AbortSignal.any([context.signal, options.stopping, place.signal]);
  const recheck = setInterval(() => {
    options.sessions.require(context.caller).catch(() => options.openStreams.end(context.caller ?? ''));
  }, options.recheckMs);
  try {
    const resume = context.lastEventId === null ? {} : { lastEventId: context.lastEventId };
    yield* options.streams.stream('followEvents', input, { signal, ...resume });
  } catch (error) {
    // The end of the stream tells the browser: it comes back with Last-Event-ID and is told why not, if so.
    if (!(error instanceof HiveError) && !signal.aborted) throw error;
  } finally {
    clearInterval(recheck);
    place.close();
  }
}

function namingTheForge(error: unknown): never {
  if (error instanceof HiveError && error.code === 'hive_unreachable')
    throw new HiveError('service_unavailable', 'The forge is not running right now. It is tried again by itself.', {
      cause: error,
    });
  throw error;
}

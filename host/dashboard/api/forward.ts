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

/** The caller is the session of the request. A session may have one call with a file at a time (wire/file-turns.ts). */
type Caller = string | null;

export interface ForwardOptions {
  readonly hived: SurfaceClient<typeof dashboardSurface>;
  /** A second client of hived with its own connection pool, so that open streams never use up the pool for calls. */
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
 * Serves /api: every operation declared for operators is validated here and forwarded to hived by name.
 * An operation that is not declared has no route; the browser cannot call the sign-in operations.
 */
export function forwardOperations(app: FastifyInstance, options: ForwardOptions): void {
  const { hived, forge } = options;
  const handlers: Record<string, unknown> = {};
  for (const [name, op] of Object.entries(operatorSurface))
    if (!('stream' in op)) handlers[name] = forwarder(hived, name as PlainName);
  for (const name of STREAMS)
    handlers[name] = (input: object, context: CallContext<Caller>) => follow(name, input, { context, options });

  app.addHook('onRequest', async (request) => refuseUnencryptedSecret(request));
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
const STREAMS = ['followEvents', 'followTerminal'] as const;
type StreamName = (typeof STREAMS)[number];
type PlainName = Exclude<keyof typeof operatorSurface, StreamName>;

/** Timeouts (ms) of operations that start or stop boxes or move files; all others have the client's default. */
const TIMEOUTS_MS: Partial<Record<PlainName, number>> = {
  startAgent: 120_000,
  stopAgent: 120_000,
  restartAgent: 120_000,
  rebuildAgent: 120_000,
  createAgent: 120_000,
  destroyAgent: 300_000,
  restoreAgent: 600_000,
  testProvider: 60_000,
  openTerminal: 90_000,
};

/** A read is aborted when the browser disconnects. A change is not: it may have taken effect already. */
function forwarder(hived: ForwardOptions['hived'], name: PlainName) {
  const isRead = operatorSurface[name].method === 'GET';
  const timeoutMs = TIMEOUTS_MS[name];
  const timeout = timeoutMs === undefined ? {} : { timeoutMs };
  return (input: unknown, { signal }: CallContext<Caller>) =>
    hived.call(name, input as never, isRead ? { signal } : timeout);
}

/** Operations whose calls must not cross a network unencrypted, and what to tell whoever tries. */
const NEVER_IN_PLAIN = [
  {
    operations: [operatorSurface.addProvider, operatorSurface.setProvider],
    advice:
      'A key is taken over HTTPS or on this machine only. Open the dashboard that way, or use: hivectl provider set',
  },
  {
    operations: [operatorSurface.openTerminal, operatorSurface.typeInTerminal],
    advice:
      'A terminal is opened over HTTPS or on this machine only. Open the dashboard that way, or use: hivectl shell',
  },
];

/** Throws `forbidden` when a secret would arrive unencrypted. Decides by the matched route, not by the URL text. */
function refuseUnencryptedSecret(request: FastifyRequest): void {
  const url = request.routeOptions.url ?? '';
  const row = NEVER_IN_PLAIN.find(({ operations }) =>
    operations.some(({ method, path }) => request.method === method && url.endsWith(path)),
  );
  if (row !== undefined && !mayCarrySecret(request.headers.origin)) throw new HiveError('forbidden', row.advice);
}

function forgeForwarder(forge: ForwardOptions['forge'], name: ForgeName) {
  const isRead = forgeForOperator[name].method === 'GET';
  return (input: unknown, { signal }: CallContext<Caller>) =>
    forge.call(name, input as never, isRead ? { signal } : {}).catch(rethrowAsForgeError);
}

interface Following {
  readonly context: CallContext<Caller>;
  readonly options: ForwardOptions;
}

/** Forwards a stream until either side disconnects, the server stops, or the session ends. Throws `too_many_streams`. */
function follow(name: StreamName, input: object, following: Following) {
  // Reserved before the response starts, so that a refusal can still be sent with its own status code.
  const slot = following.options.openStreams.open(following.context.caller ?? '');
  return passEvents(name, input, { ...following, slot });
}

async function* passEvents(
  name: StreamName,
  input: object,
  { context, options, slot }: Following & { slot: ReturnType<OpenStreams['open']> },
) {
  const signal = AbortSignal.any([context.signal, options.stopping, slot.signal]);
  const recheck = setInterval(() => {
    options.sessions.require(context.caller).catch(() => options.openStreams.end(context.caller ?? ''));
  }, options.recheckMs);
  try {
    const resume = context.lastEventId === null ? {} : { lastEventId: context.lastEventId };
    yield* options.streams.stream(name, input as never, { signal, ...resume });
  } catch (error) {
    // A HiveError (hived away, session ended) just ends the stream: the browser connects again and gets the reason then.
    if (!(error instanceof HiveError) && !signal.aborted) throw error;
  } finally {
    clearInterval(recheck);
    slot.close();
  }
}

/** Replaces `hive_unreachable`, which the client throws for every socket, by an error that names the forge. */
function rethrowAsForgeError(error: unknown): never {
  if (error instanceof HiveError && error.code === 'hive_unreachable')
    throw new HiveError('service_unavailable', 'The forge is not running right now. It is tried again by itself.', {
      cause: error,
    });
  throw error;
}

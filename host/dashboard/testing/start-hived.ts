import fastify, { type FastifyInstance } from 'fastify';
import { HiveError } from '../../../protocol/errors.ts';
import { dashboardSurface } from '../../../protocol/operations/operator.ts';
import { listenUnix } from '../../../system/socket/listen-unix.ts';
import { answerErrors, type Handlers, parseJsonBodies, serveSurface } from '../../../wire/routes.ts';

export const LINK = 'one-time-token';
/** The session that a redeemed link starts. */
export const SESSION = 'session-of-the-operator';
/** With this `after` the event stream does not end by itself, like the real hived's. */
export const ENDLESS = 1;

/** What the fake hived received, and what it answers. */
export interface HivedState {
  /** The names of the called operations, without those for sign-in and streams. */
  called: string[];
  links: Set<string>;
  sessions: Set<string>;

  /** The Last-Event-ID of the last event stream. */
  lastResume: number | null;
  /** The expiry that hived reports for every session. */
  expiresAt: number;
}

/** The state in which LINK was not redeemed and SESSION is valid. */
export function initialState(): HivedState {
  return {
    called: [],
    links: new Set([LINK]),
    sessions: new Set([SESSION]),
    lastResume: null,
    expiresAt: Date.now() + 60_000,
  };
}

/** Serves hived's real routes on a socket; operations without a handler here answer `not_implemented`. */
export async function startHived(socket: string, state: HivedState): Promise<FastifyInstance> {
  const app = fastify({ forceCloseConnections: true });
  answerErrors(app);
  parseJsonBodies(app);
  const handlers: Record<string, unknown> = {};
  for (const name of Object.keys(dashboardSurface))
    handlers[name] = () => {
      state.called.push(name);
      throw new HiveError('not_implemented');
    };
  handlers['listAgents'] = () => {
    state.called.push('listAgents');
    return { agents: [], lastSeq: 7 };
  };
  handlers['send'] = () => {
    state.called.push('send');
    return { id: 1, thread: 1, recipients: ['manager'], duplicate: false };
  };
  handlers['redeemLink'] = ({ token }: { token: string }) => {
    if (!state.links.delete(token)) throw new HiveError('link_used');
    return { session: SESSION, expiresAt: Date.now() + 60_000 };
  };
  handlers['checkSession'] = ({ session }: { session: string }) => {
    if (!state.sessions.has(session)) throw new HiveError('unauthenticated');
    return { expiresAt: state.expiresAt };
  };
  handlers['signOut'] = ({ session }: { session: string }) => ({ ended: state.sessions.delete(session) });
  handlers['followEvents'] = async function* (
    { after }: { after?: number },
    context: { lastEventId: number | null; signal: AbortSignal },
  ) {
    state.lastResume = context.lastEventId;
    yield { seq: 8, at: 1, kind: 'dashboard.signed_in', agent: null, data: {} };
    if (after === ENDLESS)
      await new Promise((resolve) => context.signal.addEventListener('abort', resolve, { once: true }));
  };
  serveSurface(app, dashboardSurface, {
    handlers: handlers as Handlers<typeof dashboardSurface, null>,
    callerOf: () => null,
  });
  await listenUnix(app, socket, { mode: 0o600 });
  return app;
}

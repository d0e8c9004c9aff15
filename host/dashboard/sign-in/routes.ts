import type { FastifyInstance } from 'fastify';
import { HiveError } from '../../../protocol/errors.ts';
import { dashboardSurface } from '../../../protocol/operations/operator.ts';
import type { SurfaceClient } from '../../../wire/client.ts';
import type { OpenStreams } from '../api/open-streams.ts';
import { PUBLIC } from '../guard/guard-requests.ts';
import { refusalPage } from './refusal-page.ts';
import type { SessionCookie } from './session-cookie.ts';
import type { Sessions } from './sessions.ts';

/**
 * GET /sign-in?token=… turns a one-time link into the session cookie; POST /sign-out ends it.
 */
export function serveSignIn(
  app: FastifyInstance,
  options: {
    hived: SurfaceClient<typeof dashboardSurface>;
    sessions: Sessions;
    openStreams: OpenStreams;
    cookie: SessionCookie;
  },
): void {
  const { hived, sessions, openStreams, cookie } = options;

  // No HEAD route: a link preview must not redeem the one-time token.
  app.get('/sign-in', { exposeHeadRoute: false, config: PUBLIC }, async (request, reply) => {
    reply.header('cache-control', 'no-store');
    const parsed = dashboardSurface.redeemLink.input.safeParse(request.query);
    try {
      if (!parsed.success) throw new HiveError('link_used', 'This is not a whole sign-in link.');
      cookie.set(request, reply, await hived.call('redeemLink', parsed.data));
      return await reply.redirect('/', 303);
    } catch (error) {
      const refused = error instanceof HiveError ? error : new HiveError('internal', undefined, { cause: error });
      const signedIn = await isSignedIn(sessions, cookie.read(request));
      reply.status(refused.status).type('text/html; charset=utf-8');
      return reply.send(refusalPage(refused.code, signedIn));
    }
  });

  // Public, so that the cookie of an expired session can be cleared too. It can end only the caller's own session.
  app.post('/sign-out', { config: PUBLIC }, async (request, reply) => {
    const session = cookie.read(request);
    reply.header('cache-control', 'no-store');
    cookie.clear(request, reply);
    if (session === null) return { ended: false };
    const answer = await hived.call('signOut', { session });
    sessions.forget(session);
    openStreams.end(session);
    return answer;
  });
}

async function isSignedIn(sessions: Sessions, session: string | null): Promise<boolean> {
  return sessions.require(session).then(
    () => true,
    () => false,
  );
}

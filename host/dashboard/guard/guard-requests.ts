import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { HiveError } from '../../../protocol/errors.ts';
import type { SessionCookie } from '../sign-in/session-cookie.ts';
import type { Sessions } from '../sign-in/sessions.ts';
import { type Access, decideRequest } from './decide-request.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Who may ask for this route. Without a word it wants a session. */
    access?: Access;
  }
}

/** What a route says of itself when it is for everybody. */
export const PUBLIC = { access: 'public' } as const satisfies { access: Access };

/**
 * Everything the page may load and do: its own files and its own API. Styles may be inline because
 * Mantine sets CSS variables in style elements; scripts never.
 */
const CONTENT_SECURITY_POLICY = [
  "default-src 'self'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ');

/** Sent with every answer. Streams write their own head, so the guard sets these on the raw response too. */
const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': CONTENT_SECURITY_POLICY,
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
};

/**
 * Guards every route of the app: security headers, then target, Host and Origin, then the session. What a request
 * needs is said by the route it matched, never read out of its URL, and a route that says nothing (also none at
 * all) needs a session. `knownHosts` is asked per request because the port is known only after listening.
 */
export function guardRequests(
  app: FastifyInstance,
  options: { knownHosts: () => ReadonlySet<string>; sessions: Sessions; cookie: SessionCookie },
): void {
  const good = new WeakMap<FastifyRequest, { session: string; expiresAt: number }>();
  app.addHook('onRequest', async (request, reply) => {
    setSecurityHeaders(reply);
    const access = request.routeOptions.config.access ?? 'session';
    const refusal = decideRequest(
      {
        method: request.method,
        target: request.raw.url ?? '',
        access,
        host: request.headers.host,
        origin: request.headers.origin,
        fetchSite: headerText(request, 'sec-fetch-site'),
      },
      options.knownHosts(),
    );
    if (refusal !== null) throw new HiveError(refusal);
    if (access === 'public') return;
    reply.header('cache-control', 'no-store');
    good.set(request, await options.sessions.require(options.cookie.read(request)));
  });
  // The use of a session renews it. (An event stream writes its own head: the next call says it.)
  app.addHook('onSend', async (request, reply) => {
    const session = good.get(request);
    if (session !== undefined && options.cookie.isDue(request, session)) options.cookie.give(request, reply, session);
  });
}

/** Makes every route that is registered on this scope from now on one for everybody. */
export function openToAll(scope: FastifyInstance): void {
  scope.addHook('onRoute', (route) => {
    route.config = { ...route.config, ...PUBLIC };
  });
}

/** Sets the headers of every answer; also for those that no hook sees, such as a path that cannot be decoded. */
export function setSecurityHeaders(reply: FastifyReply): void {
  for (const [name, value] of Object.entries(SECURITY_HEADERS)) reply.raw.setHeader(name, value);
}

function headerText(request: FastifyRequest, name: string): string | undefined {
  const value = request.headers[name];
  return typeof value === 'string' ? value : undefined;
}

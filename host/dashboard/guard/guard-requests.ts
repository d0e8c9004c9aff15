import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { HiveError } from '../../../protocol/errors.ts';
import type { SessionCookie } from '../sign-in/session-cookie.ts';
import type { Sessions } from '../sign-in/sessions.ts';
import { type Access, decideRequest } from './decide-request.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The access level of the route; 'session' by default. */
    access?: Access;
  }
}

/** The config of a route that needs no session. */
export const PUBLIC = { access: 'public' } as const satisfies { access: Access };

/** The config of a route whose caller shows a token to the forge. */
export const WITH_TOKEN = { access: 'token' } as const satisfies { access: Access };

/**
 * Limits the page to its own files and its own API. Inline styles are allowed because Mantine sets CSS variables in
 * style elements; inline scripts are not.
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

/** Sent with every response. Streams write their own head, so these are set on the raw response. */
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
 * Guards every route of the app: security headers, then target, Host and Origin, then the session. The access level
 * comes from the matched route, never from the URL text; a route without one, and a request that matches no route,
 * need a session. `knownHosts` is read for each request because the port is known only after listening.
 */
export function guardRequests(
  app: FastifyInstance,
  options: { knownHosts: () => ReadonlySet<string>; sessions: Sessions; cookie: SessionCookie },
): void {
  const sessionOf = new WeakMap<FastifyRequest, { session: string; expiresAt: number }>();
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
    if (access !== 'session') return;
    reply.header('cache-control', 'no-store');
    sessionOf.set(request, await options.sessions.require(options.cookie.read(request)));
  });
  // hived extends a session when it is used: pass the new expiry on in the cookie. Event streams write their own head
  // and skip this hook, so the next call does it.
  app.addHook('onSend', async (request, reply) => {
    const session = sessionOf.get(request);
    if (session !== undefined && options.cookie.isDue(request, session)) options.cookie.set(request, reply, session);
  });
}

/** Makes every route public that is registered on this scope after this call. */
export function openToAll(scope: FastifyInstance): void {
  scope.addHook('onRoute', (route) => {
    route.config = { ...route.config, ...PUBLIC };
  });
}

/** Sets the security headers; exported for responses that run no hook, such as the one for a path that cannot be decoded. */
export function setSecurityHeaders(reply: FastifyReply): void {
  for (const [name, value] of Object.entries(SECURITY_HEADERS)) reply.raw.setHeader(name, value);
}

function headerText(request: FastifyRequest, name: string): string | undefined {
  const value = request.headers[name];
  return typeof value === 'string' ? value : undefined;
}

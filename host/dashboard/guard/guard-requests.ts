import type { FastifyInstance, FastifyRequest } from 'fastify';
import { HiveError } from '../../../protocol/errors.ts';
import type { Sessions } from '../sign-in/sessions.ts';
import { decideRequest, isApi } from './decide-request.ts';

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
 * Guards every route of the app: security headers, then Host, then Origin, then (under /api) the
 * session. `knownHosts` is asked per request because the port is known only after listening.
 */
export function guardRequests(
  app: FastifyInstance,
  options: { knownHosts: () => ReadonlySet<string>; sessions: Sessions },
): void {
  app.addHook('onRequest', async (request, reply) => {
    for (const [name, value] of Object.entries(SECURITY_HEADERS)) reply.raw.setHeader(name, value);
    const path = pathOf(request);
    const refusal = decideRequest(
      {
        method: request.method,
        path,
        host: request.headers.host,
        origin: request.headers.origin,
        fetchSite: headerText(request, 'sec-fetch-site'),
      },
      options.knownHosts(),
    );
    if (refusal !== null) throw new HiveError(refusal);
    if (!isApi(path)) return;
    reply.header('cache-control', 'no-store');
    await options.sessions.require(sessionOf(request));
  });
}

/** The session cookie of a request, or null. */
export function sessionOf(request: FastifyRequest): string | null {
  return request.cookies['hive_session'] ?? null;
}

function pathOf(request: FastifyRequest): string {
  return request.url.split('?', 1)[0] ?? '';
}

function headerText(request: FastifyRequest, name: string): string | undefined {
  const value = request.headers[name];
  return typeof value === 'string' ? value : undefined;
}

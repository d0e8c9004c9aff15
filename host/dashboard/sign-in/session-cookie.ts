import type { FastifyReply, FastifyRequest } from 'fastify';

/** The cookie name that older versions used for every hive. It is still read, and replaced by the name with the hive's id. */
const OLD_COOKIE = 'hive_session';

/** The cookie that holds a session. */
export interface SessionCookie {
  /** Returns the session of a request, or null. */
  read(request: FastifyRequest): string | null;
  /** Sets the cookie, valid until `expiresAt` (epoch milliseconds). */
  set(request: FastifyRequest, reply: FastifyReply, given: { session: string; expiresAt: number }): void;
  /** Whether the cookie must be set again: its expiry changed, it has the old name, or it could be `Secure` and is not. */
  isDue(request: FastifyRequest, given: { session: string; expiresAt: number }): boolean;
  /** Deletes the cookie in the browser. */
  clear(request: FastifyRequest, reply: FastifyReply): void;
}

/** Cookies that are remembered as already set; beyond this the oldest is dropped, and its cookie is set once more. */
const MAX_REMEMBERED = 256;

/**
 * Makes the cookie of one hive. Cookies do not distinguish ports: the name holds the hive's id, so that two hives on one
 * host name do not sign each other out. It is `Secure` when the browser itself uses HTTPS; proxy headers are ignored.
 */
export function createSessionCookie(hiveId: string, now: () => number): SessionCookie {
  const name = `${OLD_COOKIE}_${hiveId.replaceAll('-', '').slice(0, 12)}`;
  const lastSet = new Map<string, { expiresAt: number; secure: boolean }>();
  const hasOld = (request: FastifyRequest) =>
    request.cookies[name] === undefined && request.cookies[OLD_COOKIE] !== undefined;

  return {
    read: (request) => request.cookies[name] ?? request.cookies[OLD_COOKIE] ?? null,
    set(request, reply, { session, expiresAt }) {
      const secure = isHttps(request) || (lastSet.get(session)?.secure ?? false);
      const maxAge = Math.max(0, Math.floor((expiresAt - now()) / 1000));
      reply.setCookie(name, session, { httpOnly: true, sameSite: 'lax', path: '/', maxAge, secure });
      if (hasOld(request)) reply.clearCookie(OLD_COOKIE, { path: '/' });
      lastSet.delete(session);
      lastSet.set(session, { expiresAt, secure });
      const [oldest] = lastSet.keys();
      if (lastSet.size > MAX_REMEMBERED && oldest !== undefined) lastSet.delete(oldest);
    },
    isDue(request, { session, expiresAt }) {
      const last = lastSet.get(session);
      return (
        last === undefined || last.expiresAt !== expiresAt || (!last.secure && isHttps(request)) || hasOld(request)
      );
    },
    clear(request, reply) {
      reply.clearCookie(name, { path: '/' });
      if (hasOld(request)) reply.clearCookie(OLD_COOKIE, { path: '/' });
    },
  };
}

/**
 * Whether the browser uses HTTPS. A change shows it in its Origin. A read has no Origin, but browsers send
 * `Sec-Fetch-Site` only over HTTPS or to the loopback. A client that forges these headers affects only its own cookie.
 */
function isHttps({ headers }: FastifyRequest): boolean {
  if (headers.origin !== undefined) return headers.origin.startsWith('https://');
  return headers['sec-fetch-site'] !== undefined && !LOOPBACK.test(headers.host ?? '');
}

const LOOPBACK = /^(?:localhost|.*\.localhost|127\.[0-9.]+|\[::1\])(?::\d+)?$/i;

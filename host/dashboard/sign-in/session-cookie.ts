import type { FastifyReply, FastifyRequest } from 'fastify';

/** The name of every hive's cookie before it held the hive's id. It is still read, and given up for the new one. */
const OLD_COOKIE = 'hive_session';

/** The cookie that holds a session. */
export interface SessionCookie {
  /** The session of a request, or null. */
  read(request: FastifyRequest): string | null;
  /** Hands a session to the browser, until `expiresAt`. */
  give(request: FastifyRequest, reply: FastifyReply, given: { session: string; expiresAt: number }): void;
  /** Whether the browser's cookie should be given anew: it lasts too short, has the old name, or is not `Secure` and could be. */
  isDue(request: FastifyRequest, given: { session: string; expiresAt: number }): boolean;
  /** Takes it from the browser. */
  clear(request: FastifyRequest, reply: FastifyReply): void;
}

/** More than any operator has browsers; the oldest is forgotten, and its cookie given once more. */
const MOST_REMEMBERED = 256;

/**
 * The cookie of one hive. Cookies know no ports: its name holds the hive's id, so that two hives on one host name
 * do not sign each other out. `Secure` when the browser itself speaks HTTPS; what a proxy says is not believed.
 */
export function createSessionCookie(hiveId: string, now: () => number): SessionCookie {
  const name = `${OLD_COOKIE}_${hiveId.replaceAll('-', '').slice(0, 12)}`;
  const lastGiven = new Map<string, { expiresAt: number; secure: boolean }>();
  const hasOld = (request: FastifyRequest) =>
    request.cookies[name] === undefined && request.cookies[OLD_COOKIE] !== undefined;

  return {
    read: (request) => request.cookies[name] ?? request.cookies[OLD_COOKIE] ?? null,
    give(request, reply, { session, expiresAt }) {
      const secure = isHttps(request) || (lastGiven.get(session)?.secure ?? false);
      const maxAge = Math.max(0, Math.floor((expiresAt - now()) / 1000));
      reply.setCookie(name, session, { httpOnly: true, sameSite: 'lax', path: '/', maxAge, secure });
      if (hasOld(request)) reply.clearCookie(OLD_COOKIE, { path: '/' });
      lastGiven.delete(session);
      lastGiven.set(session, { expiresAt, secure });
      const [oldest] = lastGiven.keys();
      if (lastGiven.size > MOST_REMEMBERED && oldest !== undefined) lastGiven.delete(oldest);
    },
    isDue(request, { session, expiresAt }) {
      const last = lastGiven.get(session);
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
 * Whether the browser reached us by HTTPS. A change says so in its Origin. A read has none, but browsers send
 * `Sec-Fetch-Site` to HTTPS and to the loopback only. Who makes these up keeps a cookie from himself alone.
 */
function isHttps({ headers }: FastifyRequest): boolean {
  if (headers.origin !== undefined) return headers.origin.startsWith('https://');
  return headers['sec-fetch-site'] !== undefined && !LOOPBACK.test(headers.host ?? '');
}

const LOOPBACK = /^(?:localhost|.*\.localhost|127\.[0-9.]+|\[::1\])(?::\d+)?$/i;

import type { ErrorCode } from '../../../protocol/errors.ts';

/** The parts of a request that the guard decides by. `X-Forwarded-*` is left out on purpose: any client can set it. */
export interface RequestFacts {
  readonly method: string;
  /** The request target as received, before any decoding. */
  readonly target: string;
  /** The access level of the matched route. */
  readonly access: Access;
  readonly host: string | undefined;
  readonly origin: string | undefined;
  /** The `Sec-Fetch-Site` header. Browsers set it themselves; pages cannot. */
  readonly fetchSite: string | undefined;
}

/** A route needs a session unless it is declared public, or its caller shows a token of the forge. */
export type Access = 'public' | 'session' | 'token';

const SAFE_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD']);

/**
 * Decides whether a request may go on to the session check: null if so, otherwise the error code of the refusal.
 *
 * - A target that is not a path (`http://host/…`, `*…`) is meant for a proxy: refused everywhere, before the router,
 *   which would strip the extra part and match a route anyway.
 * - An unknown `Host` means DNS rebinding: refused everywhere.
 * - An `Origin` that differs from `Host` means another site's page: refused for every change and on every route that needs a session.
 * - Where a token of the forge is shown, requests of other sites' pages are refused; programs send no `Origin`.
 * - A change without `Origin` is accepted only with `Sec-Fetch-Site: same-origin`.
 *   (`same-site` is not enough: another port of localhost is the same site.)
 */
export function decideRequest(facts: RequestFacts, knownHosts: ReadonlySet<string>): ErrorCode | null {
  if (!facts.target.startsWith('/')) return 'invalid_input';
  const host = facts.host?.toLowerCase();
  if (host === undefined || !knownHosts.has(host)) return 'wrong_host';
  if (facts.access === 'token') return decideWithToken(facts, host);
  const isChange = !SAFE_METHODS.has(facts.method);
  if (!isChange && facts.access === 'public') return null;
  if (facts.origin !== undefined) return isOriginOf(facts.origin, host) ? null : 'wrong_origin';
  if (isChange) return facts.fetchSite === 'same-origin' ? null : 'wrong_origin';
  return facts.fetchSite === 'cross-site' || facts.fetchSite === 'same-site' ? 'wrong_origin' : null;
}

/**
 * Programs send neither `Origin` nor `Sec-Fetch-Site`. A browser that remembers a password for git must not use it for
 * another site's page.
 */
function decideWithToken({ origin, fetchSite }: RequestFacts, host: string): ErrorCode | null {
  if (origin !== undefined && !isOriginOf(origin, host)) return 'wrong_origin';
  return fetchSite === 'cross-site' || fetchSite === 'same-site' ? 'wrong_origin' : null;
}

/** Ignores the scheme: behind a TLS proxy the browser's origin is https while this server speaks http. */
function isOriginOf(origin: string, host: string): boolean {
  if (!URL.canParse(origin)) return false;
  const url = new URL(origin);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return false;
  const defaultPort = url.protocol === 'http:' ? ':80' : ':443';
  return url.host === (host.endsWith(defaultPort) ? host.slice(0, -defaultPort.length) : host);
}

/** Every Host header this server answers to, in lower case. */
export function listKnownHosts(listen: { host: string; port: number; allowedHosts: readonly string[] }): Set<string> {
  const names = [listen.host.includes(':') ? `[${listen.host}]` : listen.host, 'localhost', '127.0.0.1', '[::1]'];
  const known = new Set(listen.allowedHosts.map((host) => host.toLowerCase()));
  for (const name of names) {
    known.add(`${name}:${listen.port}`.toLowerCase());
    if (listen.port === 80) known.add(name.toLowerCase());
  }
  return known;
}

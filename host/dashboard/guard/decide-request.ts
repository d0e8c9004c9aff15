import type { ErrorCode } from '../../../protocol/errors.ts';

/** What the guard looks at. `X-Forwarded-*` is not here on purpose: anybody can write it. */
export interface RequestFacts {
  readonly method: string;
  /** The request target as it came, before anything decoded it. */
  readonly target: string;
  /** Who may ask for the route that was matched. */
  readonly access: Access;
  readonly host: string | undefined;
  readonly origin: string | undefined;
  /** The browser's own word on where a request comes from; pages cannot set it. */
  readonly fetchSite: string | undefined;
}

/** Routes are for a session, unless they say that anybody may ask. */
export type Access = 'public' | 'session';

const SAFE_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD']);

/**
 * Whether a request may go on to the session check: null, or the code to refuse it with.
 *
 * - A target that is no path (`http://host/…`, `*…`) is meant for a proxy: refused everywhere, before a router that
 *   strips or forgives the rest.
 * - A `Host` that is not ours means DNS rebinding: refused everywhere.
 * - An `Origin` that is not this Host is somebody else's page: refused at every route that wants a session, and for every change.
 * - A change without `Origin` is only believed when the browser says `Sec-Fetch-Site: same-origin`.
 *   (`same-site` is not enough: another port of localhost is the same site.)
 */
export function decideRequest(facts: RequestFacts, knownHosts: ReadonlySet<string>): ErrorCode | null {
  if (!facts.target.startsWith('/')) return 'invalid_input';
  const host = facts.host?.toLowerCase();
  if (host === undefined || !knownHosts.has(host)) return 'wrong_host';
  const isChange = !SAFE_METHODS.has(facts.method);
  if (!isChange && facts.access === 'public') return null;
  if (facts.origin !== undefined) return isOriginOf(facts.origin, host) ? null : 'wrong_origin';
  if (isChange) return facts.fetchSite === 'same-origin' ? null : 'wrong_origin';
  return facts.fetchSite === 'cross-site' || facts.fetchSite === 'same-site' ? 'wrong_origin' : null;
}

/** Compares without the scheme: behind a TLS proxy the browser says https where we speak http. */
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

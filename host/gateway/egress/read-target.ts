import { isHostName, isNumberHost, PLAIN_PORT } from '../../../protocol/egress.ts';

/** Where a request wants to go. */
export interface RequestTarget {
  readonly kind: 'tunnel' | 'plain';
  readonly method: string;
  readonly host: string;
  readonly port: number;
  /** For plain HTTP: path and query for the host. */
  readonly path: string;
}

/** A request target that is none, or that a client uses to disguise another one. */
export interface BadTarget {
  readonly code: 'bad_request' | 'address';
  readonly words: string;
}

const ADDRESS: BadTarget = {
  code: 'address',
  words: 'The hive lets no address through, in any notation: name a host.',
};

/**
 * Reads the target of a request whose head is well-formed: `host:port` of CONNECT, or an absolute http URL. The Host
 * header must name the same host; a CONNECT of HTTP/1.0 has none.
 */
export function readTarget(request: {
  method: string;
  url: string;
  host: string | undefined;
}): RequestTarget | BadTarget {
  const { method, url } = request;
  return method === 'CONNECT' ? readTunnel(url, request.host) : readPlain(request);
}

function readTunnel(url: string, hostHeader: string | undefined): RequestTarget | BadTarget {
  const authority = readAuthority(url, null);
  if ('code' in authority) return authority;
  if (hostHeader !== undefined && !isSame(hostHeader, authority, authority.port)) return differs(hostHeader);
  return { kind: 'tunnel', method: 'CONNECT', ...authority, path: '' };
}

function readPlain({ method, url, host }: { method: string; url: string; host: string | undefined }) {
  if (url.startsWith('/') || url === '*')
    return bad('This is an HTTP proxy: the request line names the whole URL, http://host/path.');
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(url)?.[1]?.toLowerCase();
  if (scheme === 'https') return bad('A client reaches an https host through this proxy with CONNECT.');
  const parts = /^http:\/\/([^/?#\\]*)([/?][^#\\]*)?$/i.exec(url);
  if (scheme !== 'http' || parts === null) return bad('The hive lets through http and https only, without fragments.');
  const [, text = '', path = '/'] = parts;
  if (text.includes('@')) return bad('The URL has a user name or password in front of the host.');
  const authority = readAuthority(text, PLAIN_PORT);
  if ('code' in authority) return authority;
  if (host !== undefined && !isSame(host, authority, PLAIN_PORT)) return differs(host);
  return { kind: 'plain' as const, method, ...authority, path: path.startsWith('?') ? `/${path}` : path };
}

function readAuthority(text: string, defaultPort: number | null): { host: string; port: number } | BadTarget {
  const lower = text.toLowerCase();
  const [host = '', port, ...more] = lower.split(':');
  if (lower.startsWith('[') || more.length > 0 || host.includes('%') || isNumberHost(host)) return ADDRESS;
  const number = port === undefined ? defaultPort : /^\d{1,5}$/.test(port) ? Number(port) : null;
  if (number === null || number < 1 || number > 65_535) return bad('The target is not of the form host:port.');
  // One spelling for each host: rules and the name in TLS are compared with it.
  if (!isHostName(host)) return bad('The target is not a host name of at least two labels.');
  return { host, port: number };
}

function isSame(header: string, target: { host: string; port: number }, defaultPort: number): boolean {
  const [host = '', port = String(defaultPort), ...more] = header.toLowerCase().split(':');
  return more.length === 0 && host === target.host && port === String(target.port);
}

function differs(header: string): BadTarget {
  return bad(`The Host header names another host than the request line${header === '' ? ': none' : ''}.`);
}

function bad(words: string): BadTarget {
  return { code: 'bad_request', words };
}

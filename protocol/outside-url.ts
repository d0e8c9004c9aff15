import * as z from 'zod';
import { isHostName, isNumberHost, PLAIN_PORT, TUNNEL_PORT } from './egress.ts';

/** The longest address of a repository or a webhook outside. */
const MOST_CHARS = 500;

/** An address outside as the hive uses it. */
export interface OutsideUrl {
  /** In one spelling: lower-case host, no default port. */
  readonly url: string;
  readonly host: string;
  readonly port: number;
  readonly isTls: boolean;
  /** With its leading slash, and the query. */
  readonly path: string;
}

/** Reads an address outside as the operator wrote it; a string is the reason why the hive cannot use it. */
export function readOutsideUrl(text: string): OutsideUrl | string {
  if (text.length > MOST_CHARS) return `An address has at most ${MOST_CHARS} characters.`;
  if (!/^[\x21-\x7e]+$/.test(text) || text.includes('\\'))
    return 'An address has no blanks and only ASCII characters (others in their %XX or xn-- form).';
  const parts = /^([a-z][a-z0-9+.-]*):\/\/([^/?#]*)([^#]*)(#.*)?$/i.exec(text);
  const scheme = parts?.[1]?.toLowerCase();
  if (parts === null || (scheme !== 'https' && scheme !== 'http'))
    return 'The hive reaches outside by https:// and http:// only: write the address in that form.';
  const [, , authority = '', path = '', fragment] = parts;
  if (authority.includes('@'))
    return 'An address holds no user name or password: it would be stored and shown. Store the token (hivectl secret set NAME) and have the gateway add it: hivectl egress inject hive HOST --secret NAME --scheme basic';
  if (fragment !== undefined) return 'An address has no fragment (#…).';
  const isTls = scheme === 'https';
  const usual = isTls ? TUNNEL_PORT : PLAIN_PORT;
  const [host = '', given, ...more] = authority.toLowerCase().split(':');
  if (authority.startsWith('[') || more.length > 0 || isNumberHost(host))
    return 'An address names a host, not an IP address. Where the host is can be given with its rule: hivectl egress allow hive HOST --address ADDRESS';
  if (!isHostName(host)) return `"${host}" is not a host name, which has a dot.`;
  const port = given === undefined || given === '' ? usual : /^\d{1,5}$/.test(given) ? Number(given) : 0;
  if (port < 1 || port > 65_535) return `"${given}" is not a port: ports are 1 to 65535.`;
  const place = port === usual ? host : `${host}:${port}`;
  const rest = path === '' ? '/' : path.startsWith('/') ? path : `/${path}`;
  return { url: `${scheme}://${place}${rest}`, host, port, isTls, path: rest };
}

/** How a rule of the gateway names the host of an address: `hivectl egress allow hive …`. */
export function placeOf({ host, port, isTls }: Pick<OutsideUrl, 'host' | 'port' | 'isTls'>): string {
  return port === (isTls ? TUNNEL_PORT : PLAIN_PORT) ? host : `${host}:${port}`;
}

/** An address outside, in one spelling. */
export const outsideUrl = z.string().transform((text, context) => {
  const read = readOutsideUrl(text);
  if (typeof read !== 'string') return read.url;
  context.issues.push({ code: 'custom', message: read, input: text });
  return z.NEVER;
});

import type { InjectionView } from './injections.ts';

/** Words about secrets that the gateway adds to requests. This file has no schemas, so that the page can import it. */

/** The port of TLS that the gateway connects to when none is given; a box asks for these hosts at port 80. */
export const INJECTED_PORT = 443;

/** What a box asks for to have the secret added: `http://host/`. */
export function sayAsked({ host, port }: Pick<InjectionView, 'host' | 'port'>): string {
  return port === INJECTED_PORT ? `http://${host}/` : `http://${host}:${port}/`;
}

/** How a request has the secret: "in authorization, as Bearer". */
export function sayCarried({ header, scheme, user }: Pick<InjectionView, 'header' | 'scheme' | 'user'>): string {
  if (scheme === 'basic') return `in ${header}, as the password of ${user ?? 'x-access-token'}`;
  return scheme === 'bearer' ? `in ${header}, as Bearer` : `in ${header}`;
}

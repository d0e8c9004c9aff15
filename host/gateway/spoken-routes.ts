import type { FastifyRequest } from 'fastify';
import { kindFacts, type ProviderKind } from '../../protocol/providers.ts';
import type { Protocol, Route } from './protocols/protocol.ts';
import { PROTOCOLS } from './protocols/protocols.ts';

/** A route, and the protocol that it is in. */
interface SpokenRoute {
  readonly protocol: Protocol;
  readonly route: Route;
}
/** The routes of several protocols that have one method and path. */
type SharedRoutes = readonly [SpokenRoute, ...SpokenRoute[]];

/** The routes of all protocols, those with one method and path together. */
export function groupRoutes(): SharedRoutes[] {
  const groups = new Map<string, SharedRoutes>();
  for (const protocol of PROTOCOLS)
    for (const route of protocol.routes) {
      const key = `${route.method} ${route.path}`;
      const known = groups.get(key);
      groups.set(key, known === undefined ? [{ protocol, route }] : [...known, { protocol, route }]);
    }
  return [...groups.values()];
}

/** A path in the router's syntax: a parameter ends before a colon, and a colon of the path stands twice. */
export function toPattern({ path }: Route): string {
  return path.replaceAll(':', '::').replaceAll(/\{(\w+)\}/g, ':$1(^[^:/]+$)');
}

/** The route in a protocol of the agent's kind of provider; where it is unknown or speaks none of them, the first. */
export function chooseRoute(served: SharedRoutes, kind: ProviderKind | null): SpokenRoute {
  const protocols = kind === null ? [] : kindFacts(kind).protocols;
  return served.find(({ protocol }) => protocols.includes(protocol.name)) ?? served[0];
}

/** The protocol of a request's route, for an error; the first one for unknown routes. */
export function protocolOf({ method, routeOptions }: FastifyRequest): Protocol {
  const serves = ({ routes }: Protocol) =>
    routes.some((route) => toPattern(route) === routeOptions.url && route.method === method);
  return PROTOCOLS.find(serves) ?? PROTOCOLS[0];
}

import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { FastifyInstance, RouteOptions } from 'fastify';

export interface Registered {
  readonly method: string;
  readonly url: string;
  readonly config: Readonly<Record<string, unknown>>;
}

/**
 * Every route that any Fastify server of this process registers while `build` runs, whichever code makes the server: a
 * new route or a new server is included automatically.
 */
export async function collectRoutes<T>(build: () => Promise<T>): Promise<{ built: T; routes: Registered[] }> {
  const routes: Registered[] = [];
  const onServer = (message: unknown) => {
    const { fastify } = message as { fastify: FastifyInstance };
    fastify.addHook('onRoute', (route: RouteOptions) => {
      // A hook of an inner scope may change the route after this one: it is read when all are registered.
      for (const method of [route.method].flat())
        routes.push({
          method,
          url: route.url,
          get config() {
            return (route.config ?? {}) as Record<string, unknown>;
          },
        });
    });
  };
  subscribe('fastify.initialization', onServer);
  try {
    return { built: await build(), routes };
  } finally {
    unsubscribe('fastify.initialization', onServer);
  }
}

/** A path that a route's pattern matches. */
export function fillPattern(url: string): string {
  return url
    .replaceAll(/:([A-Za-z]+)(\.git)?/g, (_, name: string, git = '') => `${FILLINGS[name] ?? '1'}${git}`)
    .replace('*', 'x');
}

const FILLINGS: Readonly<Record<string, string>> = {
  name: 'scout',
  agent: 'scout',
  owner: 'scout',
  repo: 'secret.git',
};

import { HiveError } from '../../../protocol/errors.ts';

/** Asks hived whether a session is valid; throws `unauthenticated` or `hive_unreachable`. */
export type CheckSession = (session: string) => Promise<{ expiresAt: number }>;

/** The sessions that hived knows, cached for a few seconds. */
export interface Sessions {
  /** Resolves with a valid session and its expiry (epoch milliseconds). Throws `unauthenticated` or `hive_unreachable`. */
  require(session: string | null): Promise<{ session: string; expiresAt: number }>;
  /** Drops a session from the cache, so that the next request asks hived. */
  forget(session: string): void;
}

/** Beyond this number of cached sessions the oldest is dropped. */
const MAX_CACHED = 256;

/**
 * Caches valid sessions for `cacheMs`. Refusals are never cached, so a new sign-in works at once.
 * Concurrent requests with one session share one call to hived.
 */
export function createSessions(check: CheckSession, options: { cacheMs: number; now: () => number }): Sessions {
  const cached = new Map<string, { expiresAt: number; until: number }>();
  const asking = new Map<string, Promise<number>>();

  async function ask(session: string): Promise<number> {
    try {
      const { expiresAt } = await check(session);
      cached.delete(session);
      cached.set(session, { expiresAt, until: Math.min(expiresAt, options.now() + options.cacheMs) });
      const [oldest] = cached.keys();
      if (cached.size > MAX_CACHED && oldest !== undefined) cached.delete(oldest);
      return expiresAt;
    } finally {
      asking.delete(session);
    }
  }

  return {
    async require(session) {
      if (session === null || session === '' || session.length > 200) throw new HiveError('unauthenticated');
      const known = cached.get(session);
      if (known !== undefined && known.until > options.now()) return { session, expiresAt: known.expiresAt };
      const running = asking.get(session) ?? ask(session);
      asking.set(session, running);
      return { session, expiresAt: await running };
    },
    forget: (session) => void cached.delete(session),
  };
}

import { HiveError } from '../../../protocol/errors.ts';

/** Asks hived whether a session is good; throws `unauthenticated` or `hive_unreachable`. */
export type CheckSession = (session: string) => Promise<{ expiresAt: number }>;

/** Sessions as hived knows them, with its answers believed for a few seconds. */
export interface Sessions {
  /** Resolves with the session's end when it is good. Throws `unauthenticated`, or `hive_unreachable` when nobody can say. */
  require(session: string | null): Promise<{ session: string; expiresAt: number }>;
  /** Drops what is believed about a session, so that the next request asks. */
  forget(session: string): void;
}

/** More than any operator has browsers; the oldest answer is dropped beyond it. */
const MAX_BELIEVED = 256;

/**
 * Keeps hived's good answers for `believedMs`. Refusals are never kept: a new sign-in counts at once.
 * Requests that arrive together ask once.
 */
export function createSessions(check: CheckSession, options: { believedMs: number; now: () => number }): Sessions {
  const believed = new Map<string, { expiresAt: number; until: number }>();
  const asking = new Map<string, Promise<number>>();

  async function ask(session: string): Promise<number> {
    try {
      const { expiresAt } = await check(session);
      believed.delete(session);
      believed.set(session, { expiresAt, until: Math.min(expiresAt, options.now() + options.believedMs) });
      const [oldest] = believed.keys();
      if (believed.size > MAX_BELIEVED && oldest !== undefined) believed.delete(oldest);
      return expiresAt;
    } finally {
      asking.delete(session);
    }
  }

  return {
    async require(session) {
      if (session === null || session === '' || session.length > 200) throw new HiveError('unauthenticated');
      const known = believed.get(session);
      if (known !== undefined && known.until > options.now()) return { session, expiresAt: known.expiresAt };
      const running = asking.get(session) ?? ask(session);
      asking.set(session, running);
      return { session, expiresAt: await running };
    },
    forget: (session) => void believed.delete(session),
  };
}

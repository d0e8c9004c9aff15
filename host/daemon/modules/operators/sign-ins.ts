import { createHash, randomBytes } from 'node:crypto';
import { HiveError } from '../../../../protocol/errors.ts';
import type { Db } from '../../../../store/open-store.ts';
import type { EventLog } from '../../core/event-log.ts';
import { deleteSession, findSession, insertLink, insertSession, setSessionExpiry, takeLink } from './store/sign-ins.ts';
import type { Writer } from '../../core/writer.ts';

/** A link is for the person who asked for it a moment ago. */
const LINK_MS = 15 * 60_000;
const DAY_MS = 24 * 3_600_000;
/** A session that is not used ends after this; one that is used is renewed, once a day and for `SESSION_MOST_MS` in all. */
const SESSION_MS = 7 * DAY_MS;
const SESSION_MOST_MS = 30 * DAY_MS;
const RENEW_AFTER_MS = DAY_MS;

/**
 * Signing in to the dashboard: a one-time link, made by who may use the admin socket, becomes a
 * session. Only hashes are stored, so the database gives nobody a way in.
 */
export interface SignIns {
  makeLink(by: string): Promise<{ token: string; expiresAt: number }>;
  /** Throws `link_used`. */
  redeem(token: string): Promise<{ session: string; expiresAt: number }>;
  /** Whether it is good and until when; its use renews it. Throws `unauthenticated`. */
  check(session: string): Promise<{ expiresAt: number }>;
  end(session: string): Promise<boolean>;
}

export function createSignIns(deps: { db: Db; writer: Writer; events: EventLog; clock: () => number }): SignIns {
  const { db, writer, events, clock } = deps;
  return {
    async makeLink(by) {
      const token = randomBytes(32).toString('base64url');
      const expiresAt = clock() + LINK_MS;
      await writer.write((tx) => {
        insertLink(tx.db, { hash: hashOf(token), expiresAt, now: clock() });
        events.append(tx, 'dashboard.link', { data: { by } });
      });
      return { token, expiresAt };
    },
    async redeem(token) {
      const session = randomBytes(32).toString('base64url');
      const expiresAt = clock() + SESSION_MS;
      await writer.write((tx) => {
        if (!takeLink(tx.db, hashOf(token), clock())) throw new HiveError('link_used');
        insertSession(tx.db, { hash: hashOf(session), createdAt: clock(), expiresAt });
        events.append(tx, 'dashboard.signed_in', { data: {} });
      });
      return { session, expiresAt };
    },
    async check(session) {
      const hash = hashOf(session);
      const found = findSession(db, hash, clock());
      if (found === null) throw new HiveError('unauthenticated');
      const renewed = decideRenewal(found, clock());
      if (renewed === null) return { expiresAt: found.expiresAt };
      // A disk without room must not sign anybody out: it is renewed another time.
      return writer
        .write((tx) => setSessionExpiry(tx.db, hash, renewed))
        .then(
          () => ({ expiresAt: renewed }),
          () => ({ expiresAt: found.expiresAt }),
        );
    },
    end: (session) => writer.write((tx) => deleteSession(tx.db, hashOf(session))),
  };
}

/** Until when a session that is used now lasts from now on; null when that is not worth a write. */
export function decideRenewal(session: { createdAt: number; expiresAt: number }, now: number): number | null {
  const until = Math.min(now + SESSION_MS, session.createdAt + SESSION_MOST_MS);
  const gain = until - session.expiresAt;
  // A session made by an older version may last too long: it is shortened.
  return gain >= RENEW_AFTER_MS || gain < 0 ? until : null;
}

function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}

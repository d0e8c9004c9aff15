import { createHash, randomBytes } from 'node:crypto';
import { HiveError } from '../../../../protocol/errors.ts';
import type { Db } from '../../../../store/open-store.ts';
import type { EventLog } from '../../core/event-log.ts';
import { deleteSession, findSession, insertLink, insertSession, setSessionExpiry, takeLink } from './store/sign-ins.ts';
import type { Writer } from '../../core/writer.ts';

/** Short, because a link is for a person who has just asked for it. */
const LINK_MS = 15 * 60_000;
const DAY_MS = 24 * 3_600_000;
/** An unused session ends after this; a used one is renewed, at most once a day and up to `SESSION_MOST_MS` in all. */
const SESSION_MS = 7 * DAY_MS;
const SESSION_MOST_MS = 30 * DAY_MS;
const RENEW_AFTER_MS = DAY_MS;

/**
 * Sign-in to the dashboard: a one-time link, created over the admin socket, becomes a session. Only hashes are
 * stored, so that the database grants no access.
 */
export interface SignIns {
  makeLink(by: string): Promise<{ token: string; expiresAt: number }>;
  /** Throws `link_used`. */
  redeem(token: string): Promise<{ session: string; expiresAt: number }>;
  /** Returns until when the session is valid, and renews it. Throws `unauthenticated`. */
  check(session: string): Promise<{ expiresAt: number }>;
  end(session: string): Promise<boolean>;
}

export function createSignIns(deps: {
  db: Db;
  writer: Writer;
  events: EventLog;
  clock: () => number;
  /** Called with each token that is created or used, so that it is redacted everywhere. */
  remember: { link: (token: string) => void; session: (token: string) => void };
}): SignIns {
  const { db, writer, events, clock, remember } = deps;
  return {
    async makeLink(by) {
      const token = randomBytes(32).toString('base64url');
      remember.link(token);
      const expiresAt = clock() + LINK_MS;
      await writer.write((tx) => {
        insertLink(tx.db, { hash: hashOf(token), expiresAt, now: clock() });
        events.append(tx, 'dashboard.link', { data: { by } });
      });
      return { token, expiresAt };
    },
    async redeem(token) {
      const session = randomBytes(32).toString('base64url');
      remember.session(session);
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
      remember.session(session);
      const renewed = decideRenewal(found, clock());
      if (renewed === null) return { expiresAt: found.expiresAt };
      // A full disk must not sign anybody out: the renewal is retried later.
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

/** The new end of a session that is used now; null when the gain is not worth a write. */
export function decideRenewal(session: { createdAt: number; expiresAt: number }, now: number): number | null {
  const until = Math.min(now + SESSION_MS, session.createdAt + SESSION_MOST_MS);
  const gain = until - session.expiresAt;
  // A session created by an older version may last too long: shorten it.
  return gain >= RENEW_AFTER_MS || gain < 0 ? until : null;
}

function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}

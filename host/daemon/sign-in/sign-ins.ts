import { createHash, randomBytes } from 'node:crypto';
import { HiveError } from '../../../protocol/errors.ts';
import type { Db } from '../../../store/open-store.ts';
import type { EventLog } from '../events/event-log.ts';
import { deleteSession, insertLink, insertSession, sessionExpiry, takeLink } from '../store/sign-ins.ts';
import type { Writer } from '../store/writer.ts';

/** A link is for the person who asked for it a moment ago. */
const LINK_MS = 15 * 60_000;
const SESSION_MS = 30 * 24 * 3_600_000;

/**
 * Signing in to the dashboard: a one-time link, made by who may use the admin socket, becomes a
 * session. Only hashes are stored, so the database gives nobody a way in.
 */
export interface SignIns {
  makeLink(by: string): Promise<{ token: string; expiresAt: number }>;
  /** Throws `link_used`. */
  redeem(token: string): Promise<{ session: string; expiresAt: number }>;
  /** Throws `unauthenticated`. */
  check(session: string): { expiresAt: number };
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
    check(session) {
      const expiresAt = sessionExpiry(db, hashOf(session), clock());
      if (expiresAt === null) throw new HiveError('unauthenticated');
      return { expiresAt };
    },
    end: (session) => writer.write((tx) => deleteSession(tx.db, hashOf(session))),
  };
}

function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}

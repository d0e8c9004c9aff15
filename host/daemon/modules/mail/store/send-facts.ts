import type { Db } from '../../../../../store/open-store.ts';
import type { Relatives, WakeFacts } from '../../agents/queries.ts';
import { mailboxFill } from './mailboxes.ts';
import { sql } from '../../../../../store/statements.ts';

/**
 * The facts that a send needs, one statement each: a statement costs about as much as all that it reads, and
 * sends are frequent.
 */

/** The columns of `WakeFacts`. */
const WAKE = 'g.desired, g.not_before AS notBefore, g.quiet_until AS quietUntil, g.holds IS NOT NULL AS held';

/** Null for a name without an agent. */
export type SenderFacts = Relatives & {
  /** The running turn; null when there is none. */
  turn: number | null;
  /** The newest turn, running or over; null when there was none. */
  lastTurn: number | null;
};

export function senderFacts(db: Db, name: string): SenderFacts | null {
  const row = sql(
    db,
    `SELECT a.parent, a.worked_at AS workedAt, u.id AS lastTurn, CASE WHEN u.ended_at IS NULL THEN u.id END AS turn
     FROM agents a LEFT JOIN turns u ON u.id = (SELECT MAX(id) FROM turns WHERE agent = a.name) WHERE a.name = ?`,
  ).get(name);
  return (row as SenderFacts | undefined) ?? null;
}

export interface RecipientFacts {
  isAgent: boolean;
  parent: string | null;
  workedAt: number;
  /** Number of queued deliveries, and their bytes. */
  queued: number;
  bytes: number;
  /** What keeps an agent from being woken; null for the operator and for unknown names. */
  wake: WakeFacts | null;
  /** Its loop state with the sender; null when they never wrote to each other. */
  talk: { lastSender: string | null; paused: boolean; heldUntil: number } | null;
}

/** The columns of RECIPIENT_FACTS, in their order. */
type Raw = [
  parent: string | null,
  workedAt: number,
  desired: WakeFacts['desired'],
  notBefore: number | null,
  quietUntil: number | null,
  held: WakeFacts['held'],
  queued: number | null,
  bytes: number | null,
  lastSender: string | null,
  paused: number | null,
  heldUntil: number | null,
  senderParent: string | null,
  senderWorkedAt: number | null,
  lastTurn: number | null,
  turn: number | null,
];

const RECIPIENT_FACTS = `SELECT g.parent, g.worked_at, ${WAKE}, b.queued, b.bytes, t.last_sender, t.paused, t.held_until,
    s.parent, s.worked_at, u.id, CASE WHEN u.ended_at IS NULL THEN u.id END
  FROM agents g LEFT JOIN mailboxes b ON b.owner = g.name LEFT JOIN talks t ON t.a = ? AND t.b = ?
    LEFT JOIN agents s ON s.name = ? LEFT JOIN turns u ON u.id = (SELECT MAX(id) FROM turns WHERE agent = s.name)
  WHERE g.name = ?`;

/**
 * A recipient's facts, together with the sender's (null when the sender is no agent, or the recipient none). Read as an
 * array: naming fifteen columns is nearly half of the statement's time (2.2 of 4.8 µs).
 */
export function recipientFacts(
  db: Db,
  name: string,
  sender: string,
): { recipient: RecipientFacts; sender: SenderFacts | null } {
  const [a, b] = sender < name ? [sender, name] : [name, sender];
  const raw = sql(db, RECIPIENT_FACTS).raw().get(a, b, sender, name) as Raw | undefined;
  if (raw === undefined) return { recipient: { ...NO_AGENT, ...mailboxFill(db, name) }, sender: null };
  const [parent, workedAt, desired, notBefore, quietUntil, held, queued, bytes, ...ofOthers] = raw;
  const [lastSender, paused, heldUntil, senderParent, senderWorkedAt, lastTurn, turn] = ofOthers;
  const talk = paused === null ? null : { lastSender, paused: paused === 1, heldUntil: heldUntil ?? 0 };
  const wake = { desired, notBefore, quietUntil, held };
  return {
    recipient: { isAgent: true, parent, workedAt, queued: queued ?? 0, bytes: bytes ?? 0, wake, talk },
    sender: senderWorkedAt === null ? null : { parent: senderParent, workedAt: senderWorkedAt, turn, lastTurn },
  };
}

/** Of the operator and of unknown names. */
const NO_AGENT = { isAgent: false, parent: null, workedAt: 0, wake: null, talk: null };

const CROWD_FACTS = `SELECT g.name, g.parent, g.worked_at AS workedAt, ${WAKE}, COALESCE(b.queued, 0) AS queued, COALESCE(b.bytes, 0) AS bytes
     FROM agents g LEFT JOIN mailboxes b ON b.owner = g.name`;

/** Facts of all agents in one query, for messages to many of them; without loop states. */
export function crowdFacts(db: Db): Map<string, Omit<RecipientFacts, 'talk'>> {
  const rows = sql(db, CROWD_FACTS).all() as (WakeFacts &
    Pick<RecipientFacts, 'parent' | 'workedAt' | 'queued' | 'bytes'> & { name: string })[];
  return new Map(
    rows.map((row) => {
      const { name, parent, workedAt, queued, bytes } = row;
      return [name, { isAgent: true, parent, workedAt, queued, bytes, wake: row }];
    }),
  );
}

import type { Db } from '../../../../../store/open-store.ts';
import type { Chosen } from '../../mail/queries.ts';
import { sql, textPerKey } from '../../../../../store/statements.ts';

/** A message's place in its chain; see modules/loops/policy/chain.ts. */
export interface ChainPlace {
  hops: number;
  idleHops: number;
  /** The message from outside that began the chain. */
  chain: number | null;
  /** Whether the chain is paused, where the query returned it along with the place. */
  isPaused?: boolean;
}

/** A message that another one follows from. */
export type ChainLink = ChainPlace & { id: number; at: number };

const LINK = 'm.id, m.at, m.hops, m.idle_hops AS idleHops, m.chain';
const FURTHEST_IN_TURN = `SELECT ${LINK}, EXISTS (SELECT 1 FROM paused_chains p WHERE p.chain = COALESCE(m.chain, m.id)) AS paused
  FROM turn_deliveries t JOIN deliveries d ON d.id = t.delivery_id JOIN messages m ON m.id = d.message_id
  WHERE t.turn_id = ? ORDER BY m.hops DESC, m.id DESC LIMIT 1`;

/**
 * Of the messages that a turn was about, the one with most hops. Each send of an agent runs this: one
 * statement, because a statement costs about as much as all that it reads.
 */
export function furthestInTurn(db: Db, turn: number): ChainLink | null {
  const row = sql(db, FURTHEST_IN_TURN).get(turn) as (ChainLink & { paused: number }) | undefined;
  if (row === undefined) return null;
  const { id, at, hops, idleHops, chain, paused } = row;
  return { id, at, hops, idleHops, chain, isPaused: paused === 1 };
}

const LINK_OF = `SELECT ${LINK} FROM messages m WHERE m.id = ?`;

export function linkOf(db: Db, message: number): ChainLink | null {
  return (sql(db, LINK_OF).get(message) as ChainLink | undefined) ?? null;
}

const TIMERS = ['reminders', 'schedules'] as const;
type Timers = (typeof TIMERS)[number];

const PLACE_OF_TIMER = textPerKey(
  TIMERS,
  (table) => `SELECT hops, idle_hops AS idleHops, chain FROM ${table} WHERE id = ?`,
);
const SET_PLACE_OF_TIMER = textPerKey(
  TIMERS,
  (table) => `UPDATE ${table} SET hops = ?, idle_hops = ?, chain = ? WHERE id = ?`,
);
const RESET_TIMERS = textPerKey(TIMERS, (table) => `UPDATE ${table} SET hops = 0, idle_hops = 0 WHERE chain = ?`);

/** The place of a reminder or schedule, as of the time when it was set. */
export function placeOfTimer(db: Db, table: Timers, id: number): ChainPlace {
  return sql(db, PLACE_OF_TIMER[table]).get(id) as ChainPlace;
}

export function setPlaceOfTimer(db: Db, timer: { table: Timers; id: number }, place: ChainPlace): void {
  const { table, id } = timer;
  const { hops, idleHops, chain } = place;
  sql(db, SET_PLACE_OF_TIMER[table]).run(hops, idleHops, chain, id);
}

export interface PausedChain {
  chain: number;
  thread: number;
  question: number;
}

export function isChainPaused(db: Db, chain: number): boolean {
  return sql(db, 'SELECT 1 FROM paused_chains WHERE chain = ?').get(chain) !== undefined;
}

export function insertPausedChain(db: Db, row: PausedChain): void {
  sql(db, 'INSERT INTO paused_chains (chain, thread, question) VALUES (?, ?, ?)').run(
    row.chain,
    row.thread,
    row.question,
  );
}

export function pausedChainAbout(db: Db, of: { question: number } | { thread: number }): PausedChain | null {
  const row =
    'question' in of
      ? sql(db, 'SELECT chain, thread, question FROM paused_chains WHERE question = ?').get(of.question)
      : sql(db, 'SELECT chain, thread, question FROM paused_chains WHERE thread = ?').get(of.thread);
  return (row as PausedChain | undefined) ?? null;
}

/** Maximum number of messages of a chain whose counts are reset; older ones have been acted on long ago. */
const MOST_RESET = 2_000;

/** Ends the pause and resets the counts of the chain's messages, reminders and schedules. */
export function endPausedChain(db: Db, chain: number): void {
  sql(db, 'DELETE FROM paused_chains WHERE chain = ?').run(chain);
  sql(
    db,
    `UPDATE messages SET hops = 0, idle_hops = 0 WHERE id IN
       (SELECT id FROM messages WHERE chain = ? ORDER BY id DESC LIMIT ?)`,
  ).run(chain, MOST_RESET);
  for (const text of Object.values(RESET_TIMERS)) sql(db, text).run(chain);
}

const HELD = `state = 'queued' AND held_until = @heldUntil AND message_id IN (SELECT id FROM messages WHERE chain = @chain)`;

const HELD_IN_CHAIN = `SELECT id AS delivery, message_id AS messageId, recipient, state FROM deliveries WHERE ${HELD}`;

export function heldInChain(db: Db, held: { chain: number; heldUntil: number }): Chosen[] {
  return sql(db, HELD_IN_CHAIN).all(held) as Chosen[];
}

const RELEASE_HELD_IN_CHAIN = `UPDATE deliveries SET held_until = NULL, note = NULL WHERE ${HELD} RETURNING recipient`;

/** Releases the held messages; returns the recipients with newly queued mail. */
export function releaseHeldInChain(db: Db, held: { chain: number; heldUntil: number }): string[] {
  const owners = sql(db, RELEASE_HELD_IN_CHAIN).pluck().all(held) as string[];
  return [...new Set(owners)];
}

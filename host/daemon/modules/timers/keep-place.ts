import { OPERATOR } from '../../../../protocol/names.ts';
import type { Db } from '../../../../store/open-store.ts';
import { type ChainPlace, placeOfTimer, setPlaceOfTimer } from '../loops/queries.ts';
import { senderFacts } from '../mail/queries.ts';
import type { Tx } from '../../core/writer.ts';
import { placeOfAgent } from '../loops/damp-chain.ts';
import { goOnFrom } from '../loops/policy/chain.ts';

type Table = 'reminders' | 'schedules';

/**
 * Records the chain of a new timer: an agent's continues the chain of its turn; the operator's begins one.
 */
export function keepPlace(
  tx: Tx,
  deps: { clock: () => number; quietMs: number },
  timer: { table: Table; id: number; owner: string },
): void {
  const { table, id, owner } = timer;
  if (owner === OPERATOR) return;
  const { workedAt = 0, lastTurn = null } = senderFacts(tx.db, owner) ?? {};
  setPlaceOfTimer(tx.db, { table, id }, placeOfAgent(tx.db, { lastTurn, at: deps.clock(), workedAt }, deps));
}

/** The place in a chain of the message of a timer that fires now and was set or last fired at `since`. */
export function placeWhenFired(
  db: Db,
  timer: { table: Table; id: number; owner: string; since: number },
  now: { at: number; quietMs: number },
): ChainPlace | undefined {
  if (timer.owner === OPERATOR) return undefined;
  const kept = placeOfTimer(db, timer.table, timer.id);
  const rested = now.at - timer.since >= now.quietMs;
  return rested ? { hops: 0, idleHops: 0, chain: null } : kept;
}

/**
 * Counts the run as a hop: a schedule repeats by itself, so each run soon after the previous one is a hop
 * further.
 */
export function countRun(
  tx: Tx,
  run: { id: number; owner: string; message: number; place: ChainPlace | undefined },
  now: { at: number; quietMs: number },
): void {
  if (run.place === undefined) return;
  const workedAt = senderFacts(tx.db, run.owner)?.workedAt ?? 0;
  const next = goOnFrom({ ...run.place, at: now.at }, { at: now.at, workedAt }, now);
  setPlaceOfTimer(tx.db, { table: 'schedules', id: run.id }, { ...next, chain: run.place.chain ?? run.message });
}

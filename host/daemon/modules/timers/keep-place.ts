import { OPERATOR } from '../../../../protocol/names.ts';
import type { Db } from '../../../../store/open-store.ts';
import { type ChainPlace, placeOfTimer, setPlaceOfTimer } from '../loops/queries.ts';
import { senderFacts } from '../mail/queries.ts';
import type { Tx } from '../../core/writer.ts';
import { placeOfAgent } from '../loops/damp-chain.ts';
import { goOnFrom } from '../loops/policy/chain.ts';

type Table = 'reminders' | 'schedules';

/** What an agent sets goes on with the chain of its turn; what the operator sets begins one. */
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

/** Where the message of a timer that fires now stands, which was set or fired last at `since`. */
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

/** A schedule goes on by itself: each run that comes soon after the one before is a hop further. */
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

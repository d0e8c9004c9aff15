import type { ForgeFact, NewForgeFact } from '../../protocol/schemas/service.ts';
import type { Db } from '../../store/open-store.ts';
import { addFact, factsAfter } from '../store/facts.ts';
import { createWakeups } from '../../system/pause.ts';

/** Facts for hived: written with what they tell of, read by a long poll. */
export interface Outbox {
  /** Writes a fact; call it in the transaction of what it tells of, and `announce` when that has ended. */
  add(fact: NewForgeFact): void;
  announce(): void;
  /** Facts after id `after`; waits up to `waitMs` for the first one. Empty when the time is over or the signal fires. */
  read(after: number, waitMs: number, signal: AbortSignal): Promise<ForgeFact[]>;
}

const PAGE = 200;
/** An older forge that is draining may write facts as well; nobody announces those here. */
const RECHECK_MS = 2_000;
const MAX_WAIT_MS = 60_000;

export function createOutbox(db: Db): Outbox {
  const wakeups = createWakeups();

  return {
    add: (fact) => addFact(db, fact),
    announce: wakeups.wake,
    async read(after, waitMs, signal) {
      const deadline = Date.now() + Math.min(waitMs, MAX_WAIT_MS);
      for (;;) {
        const facts = factsAfter(db, after, PAGE);
        const left = deadline - Date.now();
        if (facts.length > 0 || left <= 0 || signal.aborted) return facts;
        await wakeups.wait(Math.min(left, RECHECK_MS), signal);
      }
    },
  };
}

import type { ForgeFact, NewForgeFact } from '../../protocol/schemas/forge-fact.ts';
import type { Db } from '../../store/open-store.ts';
import { addFact, factsAfter } from '../store/facts.ts';
import { createWakeups } from '../../system/pause.ts';

/** Facts for hived: written in the transaction of their cause, read by a long poll. */
export interface Outbox {
  /** Writes a fact; call it in the transaction of its cause, and `announce` after the commit. */
  add(fact: NewForgeFact): void;
  announce(): void;
  /** Calls `listener` after each announcement, for as long as the forge runs. It must not throw. */
  onAnnounced(listener: () => void): void;
  /**
   * Facts after id `after`; waits up to `waitMs` for the first one. Empty after that time or when the signal aborts.
   */
  read(after: number, waitMs: number, signal: AbortSignal): Promise<ForgeFact[]>;
}

const PAGE = 200;
/** An older forge that is draining may write facts as well, which are not announced in this process. */
const RECHECK_MS = 2_000;
const MAX_WAIT_MS = 60_000;

export function createOutbox(db: Db): Outbox {
  const wakeups = createWakeups();
  const listeners: (() => void)[] = [];

  return {
    add: (fact) => addFact(db, fact),
    announce() {
      wakeups.wake();
      for (const listener of listeners) listener();
    },
    onAnnounced: (listener) => void listeners.push(listener),
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

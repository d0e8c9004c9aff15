import type { AgentMemory } from '../../core/agent-memory.ts';
import type { Tx } from '../../core/writer.ts';
import { createWakeups, type Wakeups } from '../../../../system/pause.ts';

/**
 * Long-poll waiters by name. A notification only means "check again": the work itself is always read from the
 * store, so duplicate notifications cost nothing. A caller reads the count before it checks and passes it to
 * `wait`, so that a notification in between is not lost.
 */
export interface Waiters {
  /** Number of notifications for this name so far. */
  count(name: string): number;
  /** Resolves when the count differs from `seen`, after `forMs`, or when the signal fires. */
  wait(name: string, options: { seen: number; forMs: number; signal: AbortSignal }): Promise<void>;
  notify(name: string): void;
  /**
   * Offers the caller the result that it waits for within the transactions that produce it, until the returned function
   * is called. Of several callers with one name the last one gets it.
   */
  accept(name: string, offer: (tx: Tx) => void): () => void;
  /**
   * For the transaction that queues mail: its recipients' waiting calls check again after the commit. When it has few
   * recipients, those that accept an offer get it within the transaction, which saves a commit.
   */
  queued(tx: Tx, recipients: readonly string[]): void;
}

/** For more recipients, their turns would delay the sender's answer. */
const FEW = 8;

export function createWaiters(memory: AgentMemory): Waiters {
  const counts = memory.keep<number>('count of notices');
  const offers = memory.keep<(tx: Tx) => void>('accepted offers');
  const waiting = memory.keep<Wakeups>('waiting calls', (wakeups) => wakeups.wake());

  function notify(name: string): void {
    counts.set(name, (counts.get(name) ?? 0) + 1);
    waiting.get(name)?.wake();
  }

  return {
    count: (name) => counts.get(name) ?? 0,
    async wait(name, { seen, forMs, signal }) {
      if (seen !== (counts.get(name) ?? 0)) return;
      const wakeups = waiting.get(name) ?? createWakeups();
      waiting.set(name, wakeups);
      await wakeups.wait(forMs, signal);
    },
    notify,
    accept(name, offer) {
      offers.set(name, offer);
      return () => {
        if (offers.get(name) === offer) offers.delete(name);
      };
    },
    queued(tx, recipients) {
      tx.after(() => recipients.forEach(notify));
      if (recipients.length > FEW) return;
      for (const name of recipients) {
        const offer = offers.get(name);
        if (offer !== undefined) tx.beforeCommit(`offer ${name}`, offer);
      }
    },
  };
}

import type { AgentMemory } from '../../core/agent-memory.ts';
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
}

export function createWaiters(memory: AgentMemory): Waiters {
  const counts = memory.keep<number>('count of notices');
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
  };
}

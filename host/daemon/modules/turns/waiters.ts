import type { AgentMemory } from '../../core/agent-memory.ts';
import { createWakeups, type Wakeups } from '../../../../system/pause.ts';

/**
 * Harnesses that wait for something to do. A notice only says "look again": what there is to do is
 * always read from the store, so a doubled notice costs nothing. A caller takes the count of notices
 * before it looks and hands it to `wait`, so that a notice in between is not lost.
 */
export interface Waiters {
  /** How often this name was notified so far. */
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

import type { AgentMemory } from '../../core/agent-memory.ts';

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
  const waiting = memory.keep<Set<() => void>>('waiting calls', (rousers) => rousers.forEach((rouse) => rouse()));

  function notify(name: string): void {
    counts.set(name, (counts.get(name) ?? 0) + 1);
    for (const rouse of waiting.get(name) ?? []) rouse();
  }

  return {
    count: (name) => counts.get(name) ?? 0,
    wait(name, { seen, forMs, signal }) {
      return new Promise((resolve) => {
        const rousers = waiting.get(name) ?? new Set();
        waiting.set(name, rousers);
        const rouse = () => {
          clearTimeout(timer);
          signal.removeEventListener('abort', rouse);
          rousers.delete(rouse);
          resolve();
        };
        const timer = setTimeout(rouse, Math.max(0, Math.min(forMs, 2 ** 31 - 1)));
        signal.addEventListener('abort', rouse);
        rousers.add(rouse);
        if (signal.aborted || seen !== (counts.get(name) ?? 0)) rouse();
      });
    },
    notify,
  };
}

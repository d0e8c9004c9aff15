/** The longest delay of a Node timer, in milliseconds. */
const LONGEST_MS = 2 ** 31 - 1;

/** Waits that another part of the program can end early. */
export interface Wakeups {
  /** Resolves at the next `wake`, after `forMs` (Infinity: no limit), or when the signal fires. Never rejects. */
  wait(forMs: number, signal: AbortSignal): Promise<void>;
  /** Ends every wait in progress. */
  wake(): void;
}

/** Finished waits leave nothing in memory. */
export function createWakeups(): Wakeups {
  const waiting = new Set<() => void>();
  return {
    wait: (forMs, signal) =>
      new Promise((resolve) => {
        if (signal.aborted) return resolve();
        const end = () => {
          clearTimeout(timer);
          signal.removeEventListener('abort', end);
          waiting.delete(end);
          resolve();
        };
        const timer = forMs === Infinity ? undefined : setTimeout(end, Math.max(0, Math.min(forMs, LONGEST_MS)));
        signal.addEventListener('abort', end);
        waiting.add(end);
        return undefined;
      }),
    wake() {
      for (const end of waiting) end();
    },
  };
}

/**
 * Resolves after `ms`, or when the signal fires: the caller checks the signal. Never rejects. To get an error on abort,
 * use `setTimeout` of node:timers/promises.
 */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return createWakeups().wait(ms, signal);
}

/**
 * Waits for work, for `ms` at most and no longer than until the signal fires: then it resolves with undefined, and the
 * work continues. Rejects as the work does; a later rejection of the work is ignored.
 */
export function waitAtMost<T>(work: Promise<T>, ms: number, signal?: AbortSignal): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    const leave = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', giveUp);
    };
    const giveUp = () => {
      leave();
      resolve(undefined);
    };
    const timer = ms === Infinity ? undefined : setTimeout(giveUp, Math.max(0, Math.min(ms, LONGEST_MS)));
    signal?.addEventListener('abort', giveUp);
    work.finally(leave).then(resolve, reject);
    if (signal?.aborted === true) giveUp();
  });
}

/** Lets a bounded number of things run; the rest wait, the oldest first. */
export interface Slots {
  /** Waits for a slot of `caller`; resolves with its release. Rejects when the signal fires. */
  take(caller: string, signal: AbortSignal): Promise<() => void>;
  /** A slot of `caller` at once, or null when there is none to be had. */
  tryTake(caller: string): (() => void) | null;
}

interface Waiter {
  readonly caller: string;
  readonly start: () => void;
}

/**
 * `perCaller` keeps one caller from taking all: a later waiter of another caller overtakes it. Beyond
 * `total`, up to `reserved` more run for callers that have nothing running: several callers whose
 * transfers are stalled cannot keep the rest of the hive waiting.
 */
export function createSlots(limits: { total: number; perCaller: number; reserved: number }): Slots {
  const running = new Map<string, number>();
  const waiting: Waiter[] = [];
  let total = 0;

  const runningOf = (caller: string) => running.get(caller) ?? 0;

  function hasRoom(caller: string): boolean {
    const own = runningOf(caller);
    return own < limits.perCaller && total < limits.total + (own === 0 ? limits.reserved : 0);
  }

  function occupy(caller: string): void {
    total += 1;
    running.set(caller, runningOf(caller) + 1);
  }

  function startNext(): void {
    for (;;) {
      const index = waiting.findIndex(({ caller }) => hasRoom(caller));
      if (index === -1) return;
      const [next] = waiting.splice(index, 1) as [Waiter];
      occupy(next.caller);
      next.start();
    }
  }

  function releaseOnce(caller: string): () => void {
    let released = false;
    return () => {
      if (released) return;
      released = true;
      total -= 1;
      const left = runningOf(caller) - 1;
      if (left === 0) running.delete(caller);
      else running.set(caller, left);
      startNext();
    };
  }

  return {
    tryTake: (caller) => {
      if (!hasRoom(caller)) return null;
      occupy(caller);
      return releaseOnce(caller);
    },
    take: (caller, signal) =>
      new Promise((resolve, reject) => {
        signal.throwIfAborted();
        const leave = () => {
          waiting.splice(waiting.indexOf(waiter), 1);
          reject(signal.reason as Error);
        };
        const waiter: Waiter = {
          caller,
          start: () => {
            signal.removeEventListener('abort', leave);
            resolve(releaseOnce(caller));
          },
        };
        signal.addEventListener('abort', leave, { once: true });
        waiting.push(waiter);
        startNext();
      }),
  };
}

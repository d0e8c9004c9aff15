/**
 * Limits the number of running jobs; the rest wait, the oldest first. A caller is any key by which slots are counted.
 */
export interface Slots<Caller> {
  /** Waits for a slot of `caller`; resolves with its release, which may be called again. Rejects when the signal fires. */
  take(caller: Caller, signal?: AbortSignal): Promise<() => void>;
  /** Takes a slot of `caller` at once, or returns null when none is free. */
  tryTake(caller: Caller): (() => void) | null;
  /** Waits for a slot of `caller`, and holds it while the job runs. Settles as the job does. */
  run<T>(caller: Caller, job: () => Promise<T>): Promise<T>;
}

export interface SlotLimits {
  /** The most jobs at once. Default: no limit. */
  readonly total?: number;
  /**
   * The most jobs of one caller: waiters of other callers overtake its own. 1 makes a queue for each caller. Default:
   * no limit.
   */
  readonly perCaller?: number;
  /**
   * Additional slots beyond `total` for callers that have nothing running: a few callers whose jobs have stalled cannot
   * block all others. Default: 0.
   */
  readonly reserved?: number;
}

interface Waiter<Caller> {
  readonly caller: Caller;
  readonly start: () => void;
}

/** Callers that neither run nor wait leave nothing in memory. */
export function createSlots<Caller = string>(limits: SlotLimits): Slots<Caller> {
  const { total: most = Infinity, perCaller = Infinity, reserved = 0 } = limits;
  const running = new Map<Caller, number>();
  const waiting: Waiter<Caller>[] = [];
  let total = 0;

  const runningOf = (caller: Caller) => running.get(caller) ?? 0;

  function hasRoom(caller: Caller): boolean {
    const own = runningOf(caller);
    return own < perCaller && total < most + (own === 0 ? reserved : 0);
  }

  function occupy(caller: Caller): void {
    total += 1;
    running.set(caller, runningOf(caller) + 1);
  }

  function startNext(): void {
    for (;;) {
      const index = waiting.findIndex(({ caller }) => hasRoom(caller));
      if (index === -1) return;
      const [next] = waiting.splice(index, 1) as [Waiter<Caller>];
      occupy(next.caller);
      next.start();
    }
  }

  function releaseOnce(caller: Caller): () => void {
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

  function take(caller: Caller, signal?: AbortSignal): Promise<() => void> {
    return new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      const leave = () => {
        waiting.splice(waiting.indexOf(waiter), 1);
        reject(signal?.reason as Error);
      };
      const waiter: Waiter<Caller> = {
        caller,
        start: () => {
          signal?.removeEventListener('abort', leave);
          resolve(releaseOnce(caller));
        },
      };
      signal?.addEventListener('abort', leave, { once: true });
      waiting.push(waiter);
      startNext();
    });
  }

  return {
    take,
    tryTake(caller) {
      if (!hasRoom(caller)) return null;
      occupy(caller);
      return releaseOnce(caller);
    },
    async run(caller, job) {
      const release = await take(caller);
      try {
        return await job();
      } finally {
        release();
      }
    },
  };
}

import { createSlots, type Slots } from '../../system/slots.ts';

/**
 * The locks of repositories: one change of branches at a time in each, and any number of pushes that receive their
 * objects meanwhile. Whoever has the lock alone keeps both away.
 */
export interface PushLocks extends Slots<string> {
  /** For a push that receives objects: it may take the lock, too, to move its branches. */
  receive(key: string, signal: AbortSignal): Promise<() => void>;
  /** Takes the lock while no push receives objects. It waits as long as any does, and keeps none from beginning. */
  takeAlone(key: string, signal: AbortSignal): Promise<() => void>;
  /**
   * The same for work that can be ended for others: `wanted` fires as soon as somebody waits for the lock in `take`,
   * `takeAlone` or `receive`.
   */
  lend(key: string, signal: AbortSignal): Promise<{ readonly release: () => void; readonly wanted: AbortSignal }>;
}

export function createPushLocks(): PushLocks {
  const slots = createSlots({ perCaller: 1 });
  /** How many wait, or have just got the lock, by key. */
  const waiting = createCounts();
  const receiving = createCounts();
  const alone = new Set<string>();
  const lent = new Map<string, AbortController>();
  const changes = createChanges();

  async function want<T>(key: string, wait: () => Promise<T>): Promise<T> {
    const release = waiting.add(key);
    lent.get(key)?.abort();
    try {
      return await wait();
    } finally {
      release();
    }
  }

  async function isolate(key: string, signal: AbortSignal): Promise<() => void> {
    for (;;) {
      const release = await slots.take(key, signal);
      if (!receiving.has(key)) {
        alone.add(key);
        return once(() => {
          alone.delete(key);
          release();
          changes.tell(key);
        });
      }
      // A push that receives may need the lock before it ends.
      release();
      await changes.next(key, signal);
    }
  }

  const take = (key: string, signal?: AbortSignal) => want(key, () => slots.take(key, signal));
  return {
    take,
    tryTake: slots.tryTake,
    async run(key, job) {
      const release = await take(key);
      try {
        return await job();
      } finally {
        release();
      }
    },
    receive: (key, signal) =>
      want(key, async () => {
        while (alone.has(key)) await changes.next(key, signal);
        const release = receiving.add(key);
        return once(() => {
          release();
          changes.tell(key);
        });
      }),
    takeAlone: (key, signal) => want(key, () => isolate(key, signal)),
    async lend(key, signal) {
      const release = await isolate(key, signal);
      const wanted = new AbortController();
      lent.set(key, wanted);
      if (waiting.has(key)) wanted.abort();
      return {
        wanted: wanted.signal,
        release() {
          if (lent.get(key) === wanted) lent.delete(key);
          release();
        },
      };
    },
  };
}

/** How many there are of each key. */
function createCounts() {
  const counts = new Map<string, number>();
  return {
    has: (key: string) => counts.has(key),
    /** Returns how the one that was added goes again. */
    add(key: string): () => void {
      counts.set(key, (counts.get(key) ?? 0) + 1);
      return once(() => {
        const left = (counts.get(key) ?? 1) - 1;
        if (left === 0) counts.delete(key);
        else counts.set(key, left);
      });
    },
  };
}

/** Those who wait until something changes about a key. */
function createChanges() {
  const waiters = new Map<string, Set<() => void>>();
  return {
    tell(key: string): void {
      const told = waiters.get(key);
      waiters.delete(key);
      for (const tell of told ?? []) tell();
    },
    /** Rejects when the signal fires. */
    next(key: string, signal: AbortSignal): Promise<void> {
      return new Promise((resolve, reject) => {
        if (signal.aborted) return reject(signal.reason);
        const own = waiters.get(key) ?? new Set();
        waiters.set(key, own);
        const stop = () => {
          own.delete(told);
          if (own.size === 0 && waiters.get(key) === own) waiters.delete(key);
          reject(signal.reason);
        };
        const told = () => {
          signal.removeEventListener('abort', stop);
          resolve();
        };
        own.add(told);
        signal.addEventListener('abort', stop, { once: true });
      });
    },
  };
}

function once(work: () => void): () => void {
  let isDone = false;
  return () => {
    if (isDone) return;
    isDone = true;
    work();
  };
}

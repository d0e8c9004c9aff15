import { createSlots, type Slots } from '../../system/slots.ts';

/** The locks of repositories: one push, merge or other change of branches at a time in each. */
export interface PushLocks extends Slots<string> {
  /**
   * Takes the lock as `take` does, for work that can be ended for others: `wanted` fires as soon as somebody waits for
   * the lock in `take`.
   */
  lend(key: string, signal: AbortSignal): Promise<{ readonly release: () => void; readonly wanted: AbortSignal }>;
}

export function createPushLocks(): PushLocks {
  const slots = createSlots({ perCaller: 1 });
  /** How many wait, or have just got the lock, by key. */
  const waiting = new Map<string, number>();
  const lent = new Map<string, AbortController>();

  async function take(key: string, signal?: AbortSignal): Promise<() => void> {
    waiting.set(key, (waiting.get(key) ?? 0) + 1);
    lent.get(key)?.abort();
    try {
      return await slots.take(key, signal);
    } finally {
      const left = (waiting.get(key) ?? 1) - 1;
      if (left === 0) waiting.delete(key);
      else waiting.set(key, left);
    }
  }

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
    async lend(key, signal) {
      const release = await slots.take(key, signal);
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

/**
 * Shares one thread between callers. Time goes by in rounds: in each round a caller may compute for `sliceMs`; who used
 * more waits for later rounds, in debt for the excess, while everybody else's sockets are served in between. Nobody
 * waits when nobody else has work: a round without work takes microseconds.
 */
export interface FairShare<Caller> {
  /** Whether the caller may compute in this round. */
  hasTurn(caller: Caller): boolean;
  /** Runs `work` and charges the caller for the time it took until it returned. */
  measure<T>(caller: Caller, work: () => T): T;
  /** Calls `resume` once, in the next round in which the caller has its turn. */
  wait(caller: Caller, resume: () => void): void;
}

export interface FairShareOptions {
  /** Milliseconds of computing in one round. */
  sliceMs: number;
  /** Milliseconds that never run backwards; the process's own by default. */
  now?: () => number;
  /** Runs a callback after pending input of all sockets was handled; `setImmediate` by default. */
  afterInput?: (callback: () => void) => void;
}

export function createFairShare<Caller>(options: FairShareOptions): FairShare<Caller> {
  const { sliceMs, now = () => performance.now(), afterInput = (callback) => void setImmediate(callback) } = options;
  const usedMs = new Map<Caller, number>();
  const waiting = new Map<Caller, (() => void)[]>();
  let isScheduled = false;

  const hasTurn = (caller: Caller) => (usedMs.get(caller) ?? 0) < sliceMs;

  function schedule(): void {
    if (isScheduled) return;
    isScheduled = true;
    afterInput(beginRound);
  }

  function beginRound(): void {
    isScheduled = false;
    for (const [caller, used] of usedMs) {
      if (used > sliceMs) usedMs.set(caller, used - sliceMs);
      else usedMs.delete(caller);
    }
    for (const [caller, resumes] of waiting) {
      while (hasTurn(caller)) {
        const resume = resumes.shift();
        if (resume === undefined) break;
        resume();
      }
      if (resumes.length === 0) waiting.delete(caller);
    }
    if (usedMs.size > 0 || waiting.size > 0) schedule();
  }

  return {
    hasTurn,
    measure(caller, work) {
      const from = now();
      try {
        return work();
      } finally {
        usedMs.set(caller, (usedMs.get(caller) ?? 0) + now() - from);
        schedule();
      }
    },
    wait(caller, resume) {
      const resumes = waiting.get(caller);
      if (resumes === undefined) waiting.set(caller, [resume]);
      else resumes.push(resume);
      schedule();
    },
  };
}

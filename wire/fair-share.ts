/**
 * Shares one thread between callers, in rounds: in each round a caller may compute for `sliceMs`; a caller that used
 * more is in debt for the excess and waits for later rounds, while other sockets are served in between. A caller
 * alone does not wait noticeably: a round without work takes microseconds.
 */
export interface FairShare<Caller> {
  /** Whether the caller may compute in this round. */
  hasTurn(caller: Caller): boolean;
  /** Runs `work` and charges the caller for the time until it returned. */
  measure<T>(caller: Caller, work: () => T): T;
  /** Calls `resume` once, in the next round in which the caller has a turn. */
  wait(caller: Caller, resume: () => void): void;
}

export interface FairShareOptions {
  /** Milliseconds of computing per round. */
  sliceMs: number;
  /** Monotonic milliseconds; the process's own by default. */
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

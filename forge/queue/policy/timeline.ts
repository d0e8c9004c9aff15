/** A clock that jumps from one thing to the next. */
export interface Timeline {
  /** Milliseconds from the start. */
  now(): number;
  /** Calls this when the clock has reached that time. */
  at(time: number, call: () => void): void;
  /** Goes through everything, in order of time; what is due at the same time, in the order in which it was given. */
  run(): void;
}

export function createTimeline(): Timeline {
  let now = 0;
  const due: { time: number; call: () => void }[] = [];
  return {
    now: () => now,
    at(time, call) {
      const after = due.findIndex((one) => one.time > time);
      due.splice(after === -1 ? due.length : after, 0, { time, call });
    },
    run() {
      for (let next = due.shift(); next !== undefined; next = due.shift()) {
        now = Math.max(now, next.time);
        next.call();
      }
    },
  };
}

/** Serializes runs, each with the newest input. */
export interface LatestRuns<T> {
  /** Resolves (or rejects) with the run that used this input or a newer one. */
  run(input: T): Promise<void>;
  /** Waits for the running one; waiting and later inputs are not run. Never rejects. */
  end(): Promise<void>;
}

/** Serializes `work`; of the inputs that arrive while it runs only the newest one is used. */
export function runLatest<T>(work: (input: T) => Promise<void>): LatestRuns<T> {
  let running: Promise<void> = Promise.resolve();
  let next: { input: T; done: Promise<void> } | null = null;
  let ended = false;

  return {
    run(input) {
      if (next !== null) {
        next.input = input;
        return next.done;
      }
      const begin = () => {
        const taken = next;
        next = null;
        return ended || taken === null ? undefined : work(taken.input);
      };
      const done = running.then(begin);
      next = { input, done };
      // A failure concerns its own callers; the next run begins all the same.
      running = done.catch(() => undefined);
      return done;
    },
    async end() {
      ended = true;
      await running;
    },
  };
}

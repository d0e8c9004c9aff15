/** Serializes runs, each with the newest input. */
export interface LatestRuns<I, O> {
  /**
   * Resolves (or rejects) with the run that used this input or a newer one; that run begins after the call. Resolves with
   * undefined after `end`.
   */
  run(input: I): Promise<O | undefined>;
  /** Waits for the running one; waiting and later inputs are not run. Never rejects. */
  end(): Promise<void>;
}

/** Serializes `work`; calls that arrive while it runs share one further run, with the newest of their inputs. */
export function runLatest<I, O = void>(work: (input: I) => Promise<O>): LatestRuns<I, O> {
  let running: Promise<unknown> = Promise.resolve();
  let next: { input: I; done: Promise<O | undefined> } | null = null;
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
      // A failure is reported to its own callers; the next run starts all the same.
      running = done.catch(() => undefined);
      return done;
    },
    async end() {
      ended = true;
      await running;
    },
  };
}

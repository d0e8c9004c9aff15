/** Serializes what a writer of files does; lines that arrive meanwhile are written together. */
export interface WriteQueue {
  /** Asks for a write. Calls share one until it begins. */
  writeSoon(): void;
  /** Writes after everything that was asked for earlier. Never rejects. */
  write(): Promise<void>;
  /** Runs other work on the same files, in its turn. Never rejects. */
  run(work: () => Promise<void>): Promise<void>;
}

/**
 * `write` takes what waits at its first step. Its errors, and those of other work, go to `onError`; what comes later
 * runs all the same.
 */
export function createWriteQueue(write: () => Promise<void>, onError: (error: unknown) => void): WriteQueue {
  let chain: Promise<void> = Promise.resolve();
  let isScheduled = false;

  const run = (work: () => Promise<void>) => {
    chain = chain.then(work).catch(onError);
    return chain;
  };
  const begin = () => {
    isScheduled = false;
    return write();
  };

  return {
    writeSoon() {
      if (isScheduled) return;
      isScheduled = true;
      void run(begin);
    },
    write: () => run(begin),
    run,
  };
}

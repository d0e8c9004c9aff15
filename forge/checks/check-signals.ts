import { createWakeups } from '../../system/pause.ts';

/** A suite that was decided: it passed, failed, or its target declares no checks. */
export type SuiteListener = (suite: number) => void;

/** Who waits for what in this process; the database has the truth, and each waiter looks there again. */
export interface CheckSignals {
  /** Calls `listener` whenever a suite was decided, after the commit. Again when a retry decided it anew. */
  onSuiteEnded(listener: SuiteListener): void;
  /** Calls `listener` whenever suites may wait to be planned. */
  onWanted(listener: () => void): void;
  /** Calls `listener` with each run that ended, after the commit. */
  onRunEnded(listener: (run: number) => void): void;
  suiteEnded(suite: number): void;
  runEnded(run: number): void;
  /** There may be suites to plan: called within a transaction, heard after it. */
  wanted(): void;
  /** There may be runs to claim. */
  readonly queued: ReturnType<typeof createWakeups>;
  /** When each owner's and each repository's last run began (epoch ms); only of those that have open runs. */
  readonly served: { readonly owners: Map<string, number>; readonly repositories: Map<number, number> };
}

export function createCheckSignals(onError: (error: unknown) => void): CheckSignals {
  const ended = new Set<SuiteListener>();
  const wanted = new Set<() => void>();
  const runs = new Set<(run: number) => void>();
  const call = (listener: () => void) => {
    try {
      listener();
    } catch (error) {
      onError(error);
    }
  };
  return {
    onSuiteEnded: (listener) => void ended.add(listener),
    onWanted: (listener) => void wanted.add(listener),
    onRunEnded: (listener) => void runs.add(listener),
    runEnded(run) {
      for (const listener of runs) call(() => listener(run));
    },
    suiteEnded(suite) {
      for (const listener of ended) call(() => listener(suite));
    },
    wanted: () =>
      queueMicrotask(() => {
        for (const listener of wanted) call(listener);
      }),
    queued: createWakeups(),
    served: { owners: new Map(), repositories: new Map() },
  };
}

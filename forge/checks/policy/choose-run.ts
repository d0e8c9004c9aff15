/** A queued run. */
export interface WaitingRun {
  readonly run: number;
  readonly repositoryId: number;
  readonly priority: number;
  readonly queuedAt: number;
}

/**
 * The run that begins next: of the repository with the fewest running ones, then of the one that was served longest
 * ago; among its runs by priority, the higher first, then by age. Null: none waits.
 */
export function chooseRun(
  waiting: readonly WaitingRun[],
  load: {
    /** The repositories of the running ones, each as often as it has some. */
    readonly running: readonly number[];
    /** When a repository's last run began (epoch ms). */
    readonly servedAt: ReadonlyMap<number, number>;
  },
): WaitingRun | null {
  const counts = new Map<number, number>();
  for (const id of load.running) counts.set(id, (counts.get(id) ?? 0) + 1);
  const rank = (run: WaitingRun) => [
    counts.get(run.repositoryId) ?? 0,
    load.servedAt.get(run.repositoryId) ?? 0,
    -run.priority,
    run.queuedAt,
    run.run,
  ];
  let best: WaitingRun | null = null;
  for (const run of waiting) if (best === null || isBefore(rank(run), rank(best))) best = run;
  return best;
}

function isBefore(one: readonly number[], other: readonly number[]): boolean {
  for (const [at, value] of one.entries()) {
    const against = other[at] ?? 0;
    if (value !== against) return value < against;
  }
  return false;
}

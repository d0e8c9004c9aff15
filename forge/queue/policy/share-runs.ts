/** A queue that wants to test, among others. */
export interface Sharer {
  /** Runs that it has under way. */
  readonly running: number;
  /** When its first entry came, epoch milliseconds. */
  readonly oldestAt: number;
}

/** The order in which queues get their next run: the one with the fewest, then the one that waits longest. */
export function orderSharers<T extends Sharer>(queues: readonly T[]): T[] {
  return queues.toSorted((a, b) => a.running - b.running || a.oldestAt - b.oldestAt);
}

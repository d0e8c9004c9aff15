/** What a state of a required check means for a merge. */
export type CheckCount = 'waits' | 'good' | 'bad' | 'as_declared';

interface StateRow {
  /** What it means, as a sentence without its subject. */
  readonly means: string;
  readonly counts: CheckCount;
  /** The states that may follow. */
  readonly next: readonly string[];
}

/**
 * The one table of the states of a run of a check. The forge checks each change against it, judges suites by `counts`,
 * and docs/forge.md shows it. A state that is not in it counts as nothing good.
 */
export const CHECK_STATE_ROWS = {
  queued: { means: 'waits for its turn', counts: 'waits', next: ['running', 'cancelled'] },
  running: {
    means: 'runs in a box; back to `queued` when hived stops in order',
    counts: 'waits',
    next: ['passed', 'failed', 'timed_out', 'cancelled', 'lost', 'queued'],
  },
  passed: { means: "its box's main process ended with exit code 0", counts: 'good', next: [] },
  failed: { means: 'it ended with another exit code, or for lack of memory', counts: 'bad', next: [] },
  timed_out: { means: 'it was ended after its `timeout`', counts: 'bad', next: [] },
  cancelled: {
    means: 'nobody wants its result: the pull request has a newer commit or has ended',
    counts: 'bad',
    next: [],
  },
  lost: {
    means: 'whoever ran it died; it is queued again, three times at most',
    counts: 'bad',
    next: [],
  },
  skipped: { means: 'nothing that its `paths` name has changed: it did not run', counts: 'as_declared', next: [] },
} as const satisfies Record<string, StateRow>;

export type CheckState = keyof typeof CHECK_STATE_ROWS;
export const CHECK_STATES = Object.keys(CHECK_STATE_ROWS) as [CheckState, ...CheckState[]];

/** Whether a run may go from one state to another. */
export function mayFollow(from: CheckState, to: CheckState): boolean {
  return (CHECK_STATE_ROWS[from].next as readonly CheckState[]).includes(to);
}

/** Whether nothing follows a state. */
export function isOver(state: CheckState): boolean {
  return CHECK_STATE_ROWS[state].counts !== 'waits';
}

/** Whether a check in this state stands in the way of a merge, if it is required. */
export function isSatisfied(state: CheckState, { skipIsOk }: { readonly skipIsOk: boolean }): boolean {
  const { counts } = CHECK_STATE_ROWS[state];
  return counts === 'good' || (counts === 'as_declared' && skipIsOk);
}

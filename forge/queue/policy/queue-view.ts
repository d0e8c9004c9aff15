import type { Priority } from '../../../protocol/schemas/message.ts';
import type { RunPurpose } from '../../../protocol/schemas/queue.ts';

/*
 * The merge queue of one branch. Entries wait in order of priority and age. The first ones form the *lane*: a chain of
 * commits from the branch's present commit, each of which merges one entry more. A *run* tests one commit of the lane,
 * and so all entries up to it; several run at once, each assuming that those below it pass.
 *
 *   waiting ──allowed──► queued ──append──► in the lane ──a run at or above it passed──► merged
 *      │                   │                   │  └──the only suspect of a failed run──► put out
 *      └───────────────────┴───────────────────┴──not allowed any more──► leaves
 */

/** A pull request in the queue. */
export interface QueuedEntry {
  readonly id: number;
  readonly priority: Priority;
  /** Epoch milliseconds. */
  readonly queuedAt: number;
  /** Whether its reviews and rules allow the merge now; one that does not waits, and holds up nobody. */
  readonly isReady: boolean;
  /** Why it may not stay; null: it may. */
  readonly leaves: string | null;
  /** The branch's commit when the entry was found to conflict with entries ahead of it, and how often that happened. */
  readonly heldAt: string | null;
  readonly holds: number;
}

/** One entry of the lane, and the commit that merges it and everything before it. */
export interface Link {
  readonly entry: number;
  readonly commit: string;
}

export type RunState = 'running' | 'passed' | 'failed';

/** A run of the checks on a commit of the lane. */
export interface QueueRun {
  readonly id: number;
  readonly commit: string;
  readonly purpose: RunPurpose;
  readonly state: RunState;
  /** A failure of checks that are known to be flaky. */
  readonly isFlaky: boolean;
  /** How often the commit was tested; each earlier time failed. */
  readonly tries: number;
  /** Number of entries that no earlier run tests. */
  readonly size: number;
}

export interface QueueView {
  /** The branch's present commit. */
  readonly base: string;
  /** In any order. */
  readonly entries: readonly QueuedEntry[];
  /** The commit below the first link; null: the lane is empty. */
  readonly laneBase: string | null;
  readonly lane: readonly Link[];
  readonly runs: readonly QueueRun[];
}

export interface QueueLimits {
  /** Entries that a first run tests together, at most. */
  readonly maxBatch: number;
  /** Runs of one commit whose failures are known to be flaky, before the failure counts. */
  readonly maxTries: number;
  /** How often an entry is passed over for conflicts with those ahead before the lane is emptied for it. */
  readonly maxHolds: number;
}

export const QUEUE_LIMITS: QueueLimits = { maxBatch: 7, maxTries: 3, maxHolds: 3 };

/** What is to be done, in this order; then the queue is looked at again. */
export type QueueAction =
  /** The entry leaves; the lane ends before it. */
  | { readonly kind: 'leave'; readonly entry: number; readonly reason: string }
  /** The lane ends before its first link: the branch has moved. */
  | { readonly kind: 'reset' }
  /** The run tests nothing that is still wanted. */
  | { readonly kind: 'drop'; readonly run: number }
  /** The branch moves to this entry's commit. */
  | { readonly kind: 'merge'; readonly upTo: number }
  /** The entry leaves because of this failed run; the lane ends before it. */
  | { readonly kind: 'put_out'; readonly entry: number; readonly run: number }
  /** Merge these entries to the end of the lane, one after the other, until one conflicts. */
  | { readonly kind: 'append'; readonly entries: readonly number[] }
  | { readonly kind: 'test'; readonly upTo: number; readonly purpose: RunPurpose; readonly size: number }
  /** Test the same commit once more. `isFlaky`: because its failure is known to be; else to be sure of it. */
  | { readonly kind: 'retest'; readonly run: number; readonly isFlaky: boolean };

import type { QueueRun } from './queue-view.ts';

/*
 * Who broke a failed batch: a binary search over the commits of the lane. A commit that passes clears everybody up to
 * it, who are merged at once; one that fails clears everybody above it.
 *
 * A batch can also fail because a check is flaky. So "nobody" is one more suspect wherever that costs no further run:
 * n + 1 suspects need ⌈log2(n + 1)⌉ runs, which is ⌈log2 n⌉ unless n is a power of two. Batches have no such size
 * (batchSize), except one entry, whose own checks decide. So in a batch nobody is put out on a single failed run.
 */

/** How many of `waiting` entries the next run tests together. */
export function batchSize(waiting: number, maxBatch: number): number {
  const size = Math.min(waiting, maxBatch);
  return size > 1 && isPowerOfTwo(size) ? size - 1 : size;
}

/** What to do about the first failed run of a lane. */
export type SearchStep =
  | { readonly kind: 'found' }
  /** Test the lane up to this position. */
  | { readonly kind: 'test'; readonly position: number }
  | { readonly kind: 'retest' };

/** `position`: of the failed commit in the lane, from 1; everything below the lane has passed. */
export function searchBatch(run: Pick<QueueRun, 'purpose' | 'size' | 'tries'>, position: number): SearchStep {
  const isSure = run.purpose === 'search' || run.tries > 1 || isPowerOfTwo(run.size);
  const suspects = isSure ? position : position + 1;
  if (suspects === 1) return { kind: 'found' };
  const half = Math.floor(suspects / 2);
  return half === position ? { kind: 'retest' } : { kind: 'test', position: half };
}

/** Runs that the search in a failed batch of `size` entries takes at most. */
export function mostSearchRuns(size: number): number {
  return Math.ceil(Math.log2(size));
}

function isPowerOfTwo(count: number): boolean {
  return Number.isInteger(Math.log2(count));
}

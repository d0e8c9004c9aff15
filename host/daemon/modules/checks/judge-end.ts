import { NO_FILES_EXIT_CODE } from '../../../../protocol/check-places.ts';
import type { CheckEnd } from '../../../../protocol/schemas/check.ts';
import type { BoxEnd } from '../../runtime/runtime.ts';

/** What hived saw of a box. */
export interface SeenEnd {
  /** How the box ended; null: it is gone, or nobody could ask. */
  readonly end: BoxEnd | null;
  /** hived ended it after the check's time. */
  readonly isLate: boolean;
  /** hived stops. */
  readonly isStopping: boolean;
}

/**
 * How a run ended, by its box alone: nothing that the box printed or sent counts.
 */
export function judgeEnd({ end, isLate, isStopping }: SeenEnd): CheckEnd {
  if (isLate) return { kind: 'timed_out' };
  if (isStopping) return { kind: 'returned' };
  if (end === null) return { kind: 'lost', reason: 'its box is gone' };
  if (end.exitCode === NO_FILES_EXIT_CODE)
    return { kind: 'lost', reason: 'its files could not be fetched; the output says why' };
  return { kind: 'exited', exitCode: end.exitCode, outOfMemory: end.oomKilled && end.exitCode !== 0 };
}

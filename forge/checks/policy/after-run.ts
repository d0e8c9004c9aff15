import type { CheckState } from '../../../protocol/check-states.ts';
import type { RunReason } from '../../../protocol/schemas/check.ts';

/** Lost runs of one check for one commit that are queued again. */
const MOST_LOST = 3;

/**
 * Whether an ended run is followed by another one of the same check, and why. `attempts`: the states of all its runs
 * for this commit, the ended one last.
 */
export function decideAfterRun(
  attempts: readonly CheckState[],
  { retries }: { readonly retries: number },
): RunReason | null {
  const last = attempts.at(-1);
  if (last === 'lost') return attempts.filter((state) => state === 'lost').length <= MOST_LOST ? 'lost' : null;
  if (last === 'failed' || last === 'timed_out')
    return attempts.filter((state) => state === 'failed' || state === 'timed_out').length <= retries ? 'rule' : null;
  return null;
}

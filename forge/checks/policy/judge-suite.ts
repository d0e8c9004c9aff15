import { type CheckState, isOver, isSatisfied } from '../../../protocol/check-states.ts';
import type { SuiteState } from '../../../protocol/schemas/check.ts';

/** The newest run of a check in a suite. */
export interface NewestRun {
  readonly check: string;
  readonly required: boolean;
  readonly skipIsOk: boolean;
  readonly state: CheckState;
}

export interface SuiteVerdict {
  readonly state: Exclude<SuiteState, 'none'>;
  /** The required checks that stand in the way. */
  readonly failed: readonly string[];
  /** No run is open any more, also none that is not required. */
  readonly isOver: boolean;
}

/**
 * The verdict on a suite by the newest run of each of its checks: failed as soon as one required check has failed,
 * passed when all of them are satisfied. Checks that are not required decide nothing.
 */
export function judgeSuite(runs: readonly NewestRun[]): SuiteVerdict {
  const required = runs.filter((run) => run.required);
  const failed = required.filter((run) => isOver(run.state) && !isSatisfied(run.state, run)).map(({ check }) => check);
  const waits = required.some((run) => !isOver(run.state));
  return {
    state: failed.length > 0 ? 'failed' : waits ? 'running' : 'passed',
    failed,
    isOver: runs.every((run) => isOver(run.state)),
  };
}

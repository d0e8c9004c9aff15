import { HiveError } from '../../protocol/errors.ts';
import { cancelSuite, onSuiteEnded, requestSuite, retrySuite, suiteState } from '../checks/checks.ts';
import { failingLines } from '../checks/note-suite-ended.ts';
import type { ForgeCore } from '../repositories/forge-core.ts';
import { hasFlakyHistory } from '../store/check-runs.ts';
import type { SuiteResult, Suites } from './suites.ts';

/** Somebody waits for these, and others behind them. */
const QUEUE_PRIORITY = 20;

/** The forge's own checks, for the merge queue. */
export function suitesOfChecks(core: () => ForgeCore): Suites {
  return {
    request: ({ repositoryId, target, commit }) =>
      requestSuite(core(), {
        repository: { id: repositoryId },
        target,
        commit,
        purpose: 'queue',
        pull: null,
        priority: QUEUE_PRIORITY,
      }),
    result: (db, suite) => readResult(db, suite),
    retry: (suite) => void retrySuite(core(), suite),
    cancel: (suite) => cancelSuite(core(), suite),
    firstLines(suite) {
      const { trouble, failed, runs } = suiteState(core().db, suite);
      const first = runs.find(({ check }) => failed.includes(check));
      return trouble ?? (first === undefined ? '' : failingLines(core().db, first.id).join('\n'));
    },
    onEnded: (listener) => onSuiteEnded(core(), listener),
  };
}

function readResult(db: ForgeCore['db'], suite: number): SuiteResult {
  try {
    const { state, failed, runs } = suiteState(db, suite);
    // A check that has failed and passed for the same files, whatever they were, may do so for these.
    const bad = runs.filter(({ check }) => failed.includes(check));
    const isFlaky = bad.length > 0 && bad.every(({ id }) => hasFlakyHistory(db, id));
    return { state: state === 'none' ? 'passed' : state, failed, isFlaky };
  } catch (error) {
    if (error instanceof HiveError && error.code === 'not_found') return { state: 'gone', failed: [], isFlaky: false };
    throw error;
  }
}

import type { CheckState } from './check-states.ts';
import type { CheckRun, PullCheckState, RunReason, TestCounts } from './schemas/check.ts';

/** The states of runs, for people. */
export const CHECK_WORDS: Readonly<Record<CheckState, string>> = {
  queued: 'waits',
  running: 'runs',
  passed: 'passed',
  failed: 'failed',
  timed_out: 'timed out',
  cancelled: 'cancelled',
  lost: 'lost',
  skipped: 'skipped',
};

/** The same for all checks of a pull request. */
export const PULL_CHECK_WORDS: Readonly<Record<PullCheckState, string>> = {
  none: 'its base declares no checks',
  running: 'they are running',
  passed: 'the required ones passed',
  failed: 'required ones failed',
  missing: 'they have not run with the newest commit of its base',
};

const WHY_WORDS: Readonly<Record<RunReason, string>> = {
  first: '',
  lost: 'again, because one was lost',
  rule: 'again, by its retries',
  asked: 'again, because somebody asked',
};

/** What is to be known about a run besides its state: why it ended so, and how often it ran. */
export function sayRunDetails({ reason, attempt, why, flaky, required, tests }: CheckRun): string {
  const parts = [
    reason,
    tests === null ? '' : sayTests(tests),
    required ? '' : 'not required',
    attempt === 1 ? '' : `run ${attempt}${WHY_WORDS[why] === '' ? '' : `, ${WHY_WORDS[why]}`}`,
    flaky ? 'flaky: it passed and failed for the same files' : '',
  ];
  return parts.filter((part) => part !== '').join('; ');
}

/** What reports of tests counted. */
export function sayTests({ passed, failed, skipped }: TestCounts): string {
  const parts = [failed > 0 ? `${failed} failed` : '', `${passed} passed`, skipped > 0 ? `${skipped} skipped` : ''];
  return `${passed + failed + skipped} ${passed + failed + skipped === 1 ? 'test' : 'tests'}: ${parts.filter((part) => part !== '').join(', ')}`;
}

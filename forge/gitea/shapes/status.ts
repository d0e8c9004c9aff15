import type { CheckState } from '../../../protocol/check-states.ts';
import type { PullChecks, PullCheckState } from '../../../protocol/schemas/check.ts';
import { toDate } from './date.ts';

/** Gitea's words for all checks together. What is not known is not passed. */
export const COMBINED: Readonly<Record<PullCheckState, string>> = {
  none: '',
  missing: 'pending',
  running: 'pending',
  passed: 'success',
  failed: 'failure',
};

/** For one check; null: it has no result that Gitea has a word for. */
const STATES: Readonly<Record<CheckState, string | null>> = {
  queued: 'pending',
  running: 'pending',
  passed: 'success',
  failed: 'failure',
  timed_out: 'error',
  cancelled: 'error',
  lost: 'error',
  skipped: null,
};

/** The checks of a pull request as statuses of its commit. Results on an older base are pending. */
export function toStatuses({ state, runs }: PullChecks, url: string) {
  return runs.flatMap((run) => {
    const result = STATES[run.state];
    if (result === null) return [];
    const status = state === 'missing' ? 'pending' : result;
    const missing = 'It has not run with the newest commit of the base.';
    return [
      {
        id: run.id,
        status,
        context: run.check,
        description: state === 'missing' ? missing : run.reason,
        target_url: url,
        url,
        creator: null,
        created_at: toDate(run.queuedAt),
        updated_at: toDate(run.endedAt ?? run.startedAt ?? run.queuedAt),
      },
    ];
  });
}

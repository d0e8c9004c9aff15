import type { CheckState } from '../../../protocol/check-states.ts';
import type { PullChecks, PullCheckState } from '../../../protocol/schemas/check.ts';
import type { CommitStatus } from '../../../protocol/schemas/status.ts';
import type { BaseUrl } from '../route.ts';
import { toDate } from './date.ts';
import { toUser } from './user.ts';

/** Gitea's words for all checks together. What is not known is not passed. */
const COMBINED: Readonly<Record<PullCheckState, string>> = {
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

/** The worst first; anything else than these is no statement. */
const WORST_FIRST = ['failure', 'pending', 'warning', 'success'];

/** All checks and statuses of a commit in one word; '': there are none. */
export function combine(checks: PullCheckState | null, said: readonly Pick<CommitStatus, 'state'>[]): string {
  const words = said.map(({ state }) => (state === 'error' ? 'failure' : state));
  const all: string[] = [checks === null ? '' : COMBINED[checks], ...words];
  return WORST_FIRST.find((word) => all.includes(word)) ?? '';
}

/** The checks of a pull request as statuses of its commit. Results on an older base are pending. */
export function toCheckStatuses({ state, runs }: PullChecks, url: string) {
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

/** What somebody said about a commit. */
export function toStatus(said: CommitStatus, { base, url }: { base: BaseUrl; url: string }) {
  return {
    id: said.id,
    status: said.state,
    context: said.context,
    description: said.description,
    target_url: said.url,
    url,
    creator: toUser(said.by, base),
    created_at: toDate(said.createdAt),
    updated_at: toDate(said.updatedAt),
  };
}

import type { CommitStatus } from '../../protocol/schemas/status.ts';
import type { FactMail } from '../../protocol/schemas/forge-fact.ts';
import { nameOfPull, notify, quote } from '../pulls/notify.ts';
import { requiredStatuses } from '../pulls/pull-repository.ts';
import type { ForgeCore } from '../repositories/forge-core.ts';
import { openPullsAt } from '../store/pulls.ts';
import type { Repository } from '../store/repositories.ts';

/** Mail to the authors of open pull requests whose merge this status stops: their rule asks for it, and it is bad. */
export function mailFailedStatus(
  core: Pick<ForgeCore, 'db' | 'owners'>,
  repository: Repository,
  { commit, context, by, state, description, url }: CommitStatus,
): FactMail[] {
  if (state === 'success' || state === 'pending' || !core.owners.isSet()) return [];
  const stopped = openPullsAt(core.db, repository.id, commit).filter((pull) =>
    requiredStatuses(core, repository, pull).some(
      (one) => one.context === context && one.by === by && one.refusal === null,
    ),
  );
  const [first] = stopped;
  if (first === undefined) return [];
  const names = stopped.map((pull) => nameOfPull(repository, pull)).join(', ');
  const details = [description, url].filter((text) => text !== '').join(' ');
  return notify(
    stopped.map(({ author }) => author),
    by,
    {
      notice: 'check_failed',
      body: [
        `The status of ${names} in the context `,
        quote(context),
        ` is ${state}, by ${by}`,
        ...(details === '' ? [] : [': ', quote(details)]),
        '. It is required. Push a commit that solves it.',
      ],
    },
  );
}

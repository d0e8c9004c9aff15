import type { RepoCaller } from '../../protocol/access/repo-access.ts';
import { HiveError } from '../../protocol/errors.ts';
import { OPERATOR } from '../../protocol/names.ts';
import { commitId } from '../../protocol/schemas/pull.ts';
import type { CommitStatus, StatusState } from '../../protocol/schemas/status.ts';
import { nameOf } from '../access/authorize.ts';
import { assertAllowed, openRepository, type RepoPath } from '../backend/open-repository.ts';
import { whileReading } from '../backend/while-reading.ts';
import { isInHistory } from '../git/history.ts';
import { presentCaller } from '../pulls/pull-repository.ts';
import type { ForgeCore } from '../repositories/forge-core.ts';
import { assertNoSecret } from '../search/assert-no-secret.ts';
import {
  countStatusesOf,
  keepNewestOfSetter,
  putStatus,
  stateBefore,
  statusesOfCommit,
} from '../store/commit-statuses.ts';
import { countStatusFacts } from '../store/facts.ts';
import { isHeadOfPull } from '../store/pulls.ts';
import { getRepository } from '../store/repositories.ts';
import { mailFailedStatus } from './mail-failed-status.ts';

const HOUR_MS = 60 * 60 * 1000;

export interface StatusWish extends RepoPath {
  /** The full id of a commit that a branch or a tag has in its history, or that is the newest one of a pull request. */
  readonly commit: string;
  readonly context: string;
  readonly state: StatusState;
  readonly description: string;
  readonly url: string;
  readonly signal: AbortSignal;
}

/**
 * Stores what somebody says about a commit. Who may say it decides nothing about what it counts for: a merge asks for
 * the word of those that its rule names (pulls/policy/count-statuses.ts). Throws `unknown_repo`, `forbidden`, `not_found`
 * for another commit, `forge_quota`, `rate_exceeded`, `contains_secret`, `service_unavailable`.
 */
export async function setStatus(core: ForgeCore, caller: RepoCaller, wish: StatusWish): Promise<CommitStatus> {
  const { owner, name, signal, ...said } = wish;
  const repository = await openRepository(core, { caller, action: 'set_status', owner, name });
  await assertNoSecret(core, `${said.context}\n${said.description}\n${said.url}`, signal);
  const isThere =
    isHeadOfPull(core.db, repository.id, said.commit) ||
    (await whileReading(core, { caller, wanted: wish }, ({ path }) => isInHistory(core.git, path, said.commit)));
  if (!isThere)
    throw new HiveError(
      'not_found',
      `No branch, tag or pull request of ${owner}/${name} has the commit ${said.commit}. Push it first.`,
    );
  const by = nameOf(caller);
  const write = core.db.transaction((): CommitStatus => {
    // Time has passed.
    assertAllowed(core, { caller: presentCaller(core, caller), action: 'set_status', owner, name });
    const present = getRepository(core.db, repository.id);
    if (present === null) throw new HiveError('unknown_repo');
    const at = core.clock();
    const of = { repositoryId: present.id, commit: said.commit, context: said.context, by };
    const before = stateBefore(core.db, of);
    assertRoom(core, { ...of, isNew: before === null, isChange: before !== said.state });
    const status = putStatus(core.db, { ...said, ...of, at });
    keepNewestOfSetter(core.db, { repositoryId: present.id, by, most: core.limits.maxStatusesOfSetter });
    if (before !== said.state) {
      const data = { commit: said.commit, context: said.context, state: said.state };
      const mail = mailFailedStatus(core, present, status);
      core.outbox.add({ at, kind: 'forge.status_set', by, repo: `${owner}/${name}`, data, mail });
    }
    return status;
  });
  const status = write.immediate();
  // The merge queue may wait for it.
  core.outbox.announce();
  return status;
}

function assertRoom(
  { db, limits, clock }: Pick<ForgeCore, 'db' | 'limits' | 'clock'>,
  of: { repositoryId: number; commit: string; by: string; isNew: boolean; isChange: boolean },
): void {
  const { repositoryId, commit, by, isNew, isChange } = of;
  // For each setter: nobody can fill up a commit so that others cannot report.
  if (isNew && countStatusesOf(db, { repositoryId, commit, by }) >= limits.maxStatuses)
    throw new HiveError('forge_quota', `${by} may set ${limits.maxStatuses} statuses of one commit.`);
  if (isChange && by !== OPERATOR && countStatusFacts(db, by, clock() - HOUR_MS) >= limits.maxPullWrites)
    throw new HiveError('rate_exceeded', `${by} changed ${limits.maxPullWrites} statuses in an hour. Wait.`);
}

/** What was said about a commit, the newest first. Throws `unknown_repo`. */
export async function listStatuses(
  core: ForgeCore,
  caller: RepoCaller,
  { owner, name, commit }: RepoPath & { readonly commit: string },
): Promise<CommitStatus[]> {
  const { id } = await openRepository(core, { caller, action: 'look', owner, name });
  return statusesOfCommit(core.db, id, commit);
}

/**
 * The commit that somebody asks about: the newest one of a pull request may be of a fork, where no branch of this
 * repository has it. Null: a branch, a tag or another commit.
 */
export async function findHead(
  core: ForgeCore,
  caller: RepoCaller,
  { owner, name, ref }: RepoPath & { readonly ref: string | undefined },
): Promise<string | null> {
  const { id } = await openRepository(core, { caller, action: 'look', owner, name });
  const commit = commitId.safeParse(ref);
  return commit.success && isHeadOfPull(core.db, id, commit.data) ? commit.data : null;
}

import type { RepoCaller } from '../../protocol/access/repo-access.ts';
import { HiveError } from '../../protocol/errors.ts';
import type { Priority } from '../../protocol/schemas/message.ts';
import type { PullView } from '../../protocol/schemas/pull.ts';
import type { QueueEntryView, QueueMode } from '../../protocol/schemas/queue.ts';
import { nameOf } from '../access/authorize.ts';
import { assertAllowed, openRepository, type RepoPath } from '../backend/open-repository.ts';
import { readRefs } from '../git/look.ts';
import { mergeTrees } from '../git/merge.ts';
import { askOwners } from '../pulls/ask-owners.ts';
import { takePullRoom } from '../pulls/assert-room.ts';
import { sayConflict } from '../pulls/decide-merge.ts';
import { mergePull, type MergeWish } from '../pulls/merge-pull.ts';
import { nameOfPull } from '../pulls/notify.ts';
import { getPull, presentCaller, reviewsOf, ruleFor } from '../pulls/pull-repository.ts';
import { withScratchObjects } from '../pulls/scratch-objects.ts';
import type { ForgeCore } from '../repositories/forge-core.ts';
import { addEntry } from '../store/pull-entries.ts';
import { type Pull, touchPull, viewPull } from '../store/pulls.ts';
import { countQueued, entryOfPull, insertEntry } from '../store/queue-entries.ts';
import type { Repository } from '../store/repositories.ts';
import { refuseQueued } from './judge-entry.ts';
import { leaveQueue } from './leave-queue.ts';
import { viewOfPull } from './list-queue.ts';
import { ownChecks } from './own-checks.ts';

export interface MergeRequest extends MergeWish {
  /** Wait for reviews and checks instead of refusing. */
  readonly whenReady: boolean;
  readonly priority: Priority;
}

export interface MergeAnswer {
  readonly pull: PullView;
  /** Its entry in the queue; null: it is merged. */
  readonly queue: QueueEntryView | null;
}

/**
 * Merges a pull request, or puts it into the merge queue where the rule of its base says so, or lets it wait there until
 * it may be merged. Throws what mergePull throws, and `forge_quota` when too many are queued.
 */
export async function askForMerge(core: ForgeCore, asker: RepoCaller, wish: MergeRequest): Promise<MergeAnswer> {
  const { owner, name, number } = wish;
  const repository = await openRepository(core, { caller: asker, action: 'merge', owner, name });
  const pull = getPull(core, repository, number);
  const mode: QueueMode = (ruleFor(core, repository, pull.base)?.queue ?? false) ? 'queue' : 'alone';
  if (mode === 'alone') {
    const merged = await mergeNow(core, asker, wish);
    if (merged !== null) return { pull: merged, queue: null };
  }
  assertQueueable(core, { repository, pull, asker, wish, mode });
  await assertFits(core, repository, { pull, whenReady: wish.whenReady });
  const write = core.db.transaction(() => enqueue(core, asker, { repository, wish, mode }));
  write.immediate();
  core.outbox.announce();
  return {
    pull: viewPull(core.db, getPull(core, repository, number), repository),
    queue: viewOfPull(core, repository, pull.id),
  };
}

/** Null: it cannot be merged yet, and may wait. */
async function mergeNow(core: ForgeCore, asker: RepoCaller, wish: MergeRequest): Promise<PullView | null> {
  try {
    return await mergePull(core, asker, wish);
  } catch (error) {
    if (wish.whenReady && error instanceof HiveError && error.code === 'not_mergeable') return null;
    throw error;
  }
}

interface Asked {
  readonly repository: Repository;
  readonly pull: Pull;
  readonly asker: RepoCaller;
  readonly wish: MergeRequest;
  readonly mode: QueueMode;
}

function assertQueueable(core: ForgeCore, { repository, pull, asker, wish, mode }: Asked): void {
  const title = nameOfPull(repository, pull);
  if (pull.state !== 'open') throw new HiveError('pull_ended', `${title} is ${pull.state} already.`);
  if (wish.commit !== undefined && wish.commit !== pull.headOid)
    throw new HiveError('pull_moved', `The newest commit of ${title} is ${pull.headOid}. Read what changed first.`);
  if (asker.kind === 'agent' && (wish.priority === 'critical' || wish.priority === 'high'))
    throw new HiveError('forbidden', 'priority: only the operator puts a pull request ahead of others.');
  if (mode === 'queue' && wish.method === 'fast_forward')
    throw new HiveError(
      'not_mergeable',
      `${pull.base} has a merge queue, in which others may come first: use the method merge, squash or rebase.`,
    );
  if (wish.whenReady) return;
  // One whose checks still run waits for them.
  const isQueued = mode === 'queue' && ownChecks(core, repository, pull).state === 'running';
  refuse(title, refuseQueued(core, repository, { pull, isQueued }));
}

function refuse(title: string, reasons: readonly string[]): void {
  if (reasons.length > 0)
    throw new HiveError('not_mergeable', `${title} cannot be merged: ${reasons.join('; ')}.`, { details: { reasons } });
}

/** Throws `not_mergeable` for a conflict with the base, and unless it may wait, when owners of its paths have not agreed. */
async function assertFits(
  core: ForgeCore,
  repository: Repository,
  { pull, whenReady }: { pull: Pull; whenReady: boolean },
): Promise<void> {
  const path = core.places.repositoryDir(repository);
  const base = (await readRefs(core.git, path)).get(`refs/heads/${pull.base}`);
  if (base === undefined)
    throw new HiveError('not_mergeable', `Its base ${pull.base} is gone. Choose another base first.`);
  const rule = ruleFor(core, repository, pull.base);
  const { approvedBy } = reviewsOf(core, repository, pull);
  const merged = await withScratchObjects(core, path, async (env) => {
    const made = await mergeTrees(core.git, { path, base, head: pull.headOid, env });
    if (!('tree' in made) || whenReady) return made;
    refuse(
      nameOfPull(repository, pull),
      await askOwners(core, { path, from: base, to: made.tree, env }, { rule, approvedBy }),
    );
    return made;
  });
  if ('tree' in merged) return;
  const reason = sayConflict(pull, merged.conflicts);
  throw new HiveError('not_mergeable', `#${pull.number} cannot be merged: ${reason}.`, {
    details: { reasons: [reason], conflicts: merged.conflicts.slice(0, 50) },
  });
}

/** Everything is looked at once more: time has passed. One that is in the queue already stays where it is. */
function enqueue(
  core: ForgeCore,
  asker: RepoCaller,
  { repository, wish, mode }: Pick<Asked, 'repository' | 'wish' | 'mode'>,
): void {
  const { db } = core;
  const { id: repositoryId, owner, name } = repository;
  const caller = presentCaller(core, asker);
  assertAllowed(core, { caller, action: 'merge', owner, name });
  const pull = getPull(core, repository, wish.number);
  assertQueueable(core, { repository, pull, asker: caller, wish, mode });
  const before = entryOfPull(db, pull.id);
  if (before?.headOid === pull.headOid && before.branch === pull.base) return;
  const at = core.clock();
  const by = nameOf(caller);
  if (before !== null)
    leaveQueue({ db, outbox: core.outbox, repository, at }, { entry: before, pull, by, left: { is: 'anew' } });
  if (countQueued(db, repositoryId) >= core.limits.maxQueueEntries)
    throw new HiveError('forge_quota', `${core.limits.maxQueueEntries} pull requests are queued there. Wait for some.`);
  takePullRoom(core, { repositoryId, by, chars: 0, pull: pull.id });
  const { method, priority } = wish;
  const state = refuseQueued(core, repository, { pull, isQueued: false }).length === 0 ? 'queued' : 'waiting';
  const { base: branch, headOid } = pull;
  insertEntry(db, { pullId: pull.id, repositoryId, branch, mode, state, headOid, method, priority, by, at });
  addEntry(db, pull.id, { at, by, kind: 'queued', body: '', oid: headOid, path: null, line: null });
  touchPull(db, pull.id, at);
  const data = { number: pull.number, base: branch, waits: state === 'waiting' };
  core.outbox.add({ at, kind: 'forge.pull_queued', by, repo: `${owner}/${name}`, data });
}

/**
 * Takes a pull request out of the queue: its author may, whoever asked for its merge, and whoever may merge. Throws
 * `unknown_repo`, `unknown_pull`, `forbidden`, `not_found`, `pull_ended` while git moves its base.
 */
export async function leaveForCaller(
  core: ForgeCore,
  caller: RepoCaller,
  { owner, name, number }: RepoPath & { readonly number: number },
): Promise<PullView> {
  const repository = await openRepository(core, { caller, action: 'look', owner, name });
  const by = nameOf(caller);
  const write = core.db.transaction(() => {
    const pull = getPull(core, repository, number);
    const entry = entryOfPull(core.db, pull.id);
    if (entry === null) throw new HiveError('not_found', `${nameOfPull(repository, pull)} is not in the merge queue.`);
    if (pull.mergingOid !== null)
      throw new HiveError('pull_ended', `${nameOfPull(repository, pull)} is being merged at this moment.`);
    if (pull.author !== by && entry.by !== by) assertAllowed(core, { caller, action: 'merge', owner, name });
    const scene = { db: core.db, outbox: core.outbox, repository, at: core.clock() };
    leaveQueue(scene, { entry, pull, by, left: { is: 'taken' } });
    return viewPull(core.db, pull, repository);
  });
  const pull = write.immediate();
  core.outbox.announce();
  return pull;
}
